/* SPDX-License-Identifier: MIT */
/* saved: struct state as bytes in a memfd, for the program that PID 1 becomes next: an older one or a newer one too.
 *
 * A header, then records: an id, a size, and so many bytes. Who reads it skips the ids that it does not know, and leaves
 * what is missing as a fresh start would have it. So a new field is a new id; the version changes only when that would not
 * do, and is asked for before (keel --can-take VERSION).
 */
#pragma once

#include "state.h"

#define SAVED_VERSION 1
#define SAVED_FD_ENV  "KEEL_STATE_FD" /* "MEMFD,LINE,PID": numbers of two fds, and whose they are */

/* Can this program take over from one that writes this version? */
bool saved_can_take(const char *version);

/* All that the successor must know; its fd (close-on-exec), or -errno. */
int saved_write(const struct state *s);
/* Whether everything that the state holds stays open over an exec. 0, or -errno when it does not for one of them. */
enum saved_fds { SAVED_FDS_CLOSE_ON_EXEC, SAVED_FDS_STAY };
int saved_set_fds(const struct state *s, int memfd, enum saved_fds what);

/* Are we such a successor? */
bool saved_is_there(void);
/* Fills in an initialized state; its arguments are found in its command line of argc words. False: nothing could be read, and
 * the supervisor's line is closed, so that the supervisor ends and a new one is started.
 */
bool saved_load(struct state *s, int argc);
