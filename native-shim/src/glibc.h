/*
 * Included before every source file: the plugins take the versions of glibc's functions that any
 * system since 2014 has. Linked as they come, they would need the glibc of the machine that built
 * them, for glibc 2.34 and others moved functions between libraries and gave them a new version.
 * For what the plugins do with them, both are the same.
 */
#ifndef VOL_SPARSE_GLIBC_H
#define VOL_SPARSE_GLIBC_H

#ifdef __x86_64__
#define OLD(function) __asm__(".symver " #function "," #function "@GLIBC_2.2.5")
OLD(dladdr);
OLD(dlclose);
OLD(dlerror);
OLD(dlopen);
OLD(dlsym);
OLD(pthread_attr_getstack);
OLD(pthread_attr_setstacksize);
OLD(pthread_create);
OLD(pthread_getattr_np);
OLD(pthread_getspecific);
OLD(pthread_join);
OLD(pthread_key_create);
OLD(pthread_once);
OLD(pthread_setspecific);
#undef OLD
#endif

#endif
