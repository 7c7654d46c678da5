/*
 * What a JVM finds around it when it starts: the environment and the working directory of the
 * process, and how much it may take of what is limited.
 */
#ifndef VOL_SPARSE_SURROUNDINGS_H
#define VOL_SPARSE_SURROUNDINGS_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of address space that the process may still take; SIZE_MAX if that is not limited. */
size_t vol_sparse_address_space_left(void);

/*
 * Lets all threads allocate from one place. Otherwise glibc reserves 64 MiB of address space for
 * each of the first threads, which a JVM has a dozen of. Not where the environment says how many
 * places there are to be.
 */
void vol_sparse_save_address_space(void);

/*
 * Says whether the process may open the files and start the threads that a JVM takes: looked at
 * before, for a JVM that lacks something while it starts ends the process.
 *
 * Returns false, and what is short in error.
 */
bool vol_sparse_has_room(char *error, size_t size);

/*
 * Gives the calling thread, and those it starts, a working directory of their own where that of the
 * process has been deleted: no JVM starts in such a one. False, and the reason in error, if that is
 * not permitted.
 */
bool vol_sparse_enter_directory(char *error, size_t size);

/*
 * Sets an environment without the options that a user means for other Java programs (the JVM would
 * take them, and say so on standard error), with an entry that is for the JVM alone, and with a
 * locale of UTF-8: in another one Java cannot open a path that is not ASCII. The environment of the
 * process stays as it is: what is set is a list of its own, which getenv finds.
 *
 * own          the entry, NAME=value
 * has_locale   whether the JVM sets a locale by it. In a child of fork() none may be looked up: a
 *              thread of the parent may have held the lock for that
 */
void vol_sparse_hide_environment(char *own, bool has_locale);

/*
 * Has the calling thread use a locale of UTF-8, or that of the process again: a JVM that sets no
 * locale finds out by the one of the thread how paths are written. Made by the first call of
 * vol_sparse_hide_environment with has_locale, in this process or in one it was forked from.
 */
void vol_sparse_use_utf_8(bool is_to_be);

/*
 * Takes away what a JVM of a parent has put at the end of the main thread's stack, in order to be
 * told of its overflow: another JVM, which goes through that stack to make it grow, would not get
 * by.
 */
void vol_sparse_open_main_stack(void);

/* Sets the environment of the process again. */
void vol_sparse_show_environment(void);

#endif
