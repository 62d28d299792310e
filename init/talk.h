/* SPDX-License-Identifier: MIT */
/* talk: PID 1's end of the line (wire.h): hears the supervisor's requests, and tells it what is kept, who ended, which
 * signals came. Never waits: what the line does not take is sent when it is writable again.
 */
#pragma once

#include "state.h"

/* A new supervisor has the other end of fd, which is adopted. */
void talk_open(struct state *s, int fd);
/* The supervisor is dead: hears what it still said, then closes the line. */
void talk_close(struct state *s);
/* Hears what is there, up to a bound. */
void talk_hear(struct state *s, uint64_t now);
/* Sends what there is to send and what the line takes. */
void talk_tell(struct state *s, uint64_t now);
/* Have this signal told to the supervisor, now or when there is one. */
void talk_signal(struct state *s, int signal, int32_t sender);
/* Tells it that a request of this kind (enum wire_kind) was refused (enum wire_refusal); name: see struct wire_refused. */
void talk_refuse(struct state *s, uint32_t kind, uint32_t refusal, const char *name);
/* What to wait for on the line: events of poll(2). */
short talk_events(const struct state *s);
