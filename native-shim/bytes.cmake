# Writes the bytes of a file as C sees them in an array: cmake -DFROM=file -DTO=file -P bytes.cmake
file(READ "${FROM}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " bytes "${bytes}")
file(WRITE "${TO}" "${bytes}\n")
