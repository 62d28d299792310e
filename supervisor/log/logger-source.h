/* SPDX-License-Identifier: MIT */
/* logger-source: one service's pipe: reading it, handing its lines to the store and to the mirror, and its end. What the mirror
 * refuses is kept as the one backlog; until that is gone no other mirrored pipe is read. For logger.c only.
 */
#pragma once

#include "logger.h"

/* epoll_ctl(2). 0 or -errno. */
int logger_watch(int epoll_fd, int operation, int fd, uint32_t events, void *data);
/* The time as lines are stamped with; valid until the next call. */
const char *logger_stamp_now(struct logger *l);

/* Shows of the backlog what the mirror takes. */
void logger_show_backlog(struct logger *l);

/* NULL: there is none of that name. */
struct logger_source *logger_source_find(struct logger *l, const char *unit);
/* The epoll set that it belongs into. */
int logger_source_set(const struct logger *l, const struct logger_source *s);
void logger_source_free(struct logger *l, struct logger_source *s);
/* Some reads, and what BREAK and REMOVE want, if that can be done by then. May free the source. */
void logger_source_serve(struct logger *l, struct logger_source *s);
/* Does what BREAK and REMOVE want, when all that was in the pipe has been written and shown. May free the source. */
void logger_source_settle(struct logger *l, struct logger_source *s);
/* What is in the pipe now is what is waited for. */
void logger_source_count_left(struct logger *l, struct logger_source *s);
/* Everything that is in the pipe, without waiting for the mirror any longer than until `until_us`. */
void logger_source_drain(struct logger *l, struct logger_source *s, uint64_t until_us);
/* Shows what it has said of a line that will have no end. */
void logger_source_end_line(struct logger *l, struct logger_source *s);
/* REMOVED, or the line is full: then it is owed. */
void logger_say_removed(struct logger *l, const char *unit, bool *ret_is_said);

bool logger_is_same_pipe(int a, int b);
