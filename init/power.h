/* SPDX-License-Identifier: MIT */
/* power: the end. TERM to everything, then KILL, each for a bounded time; then a machine unmounts, syncs and calls
 * reboot(2), and elsewhere PID 1 exits with the right code. It begins when the supervisor says so (its units are stopped),
 * or when a signal asks for the end and there is no supervisor to do it in order.
 */
#pragma once

#include "state.h"

/* Begins the end, unless it has begun. `why` is the last line on stderr. */
void power_begin(struct state *s, uint32_t how, int32_t code, const char *why, uint64_t now);
/* A signal came: if it asks for the end, make sure that it is carried out by somebody. */
void power_signal(struct state *s, int signal, uint64_t now);
/* A supervisor is there and was told everything: gets the word that its predecessor may have died with. */
void power_supervisor_listens(struct state *s);
void power_supervisor_died(struct state *s, uint64_t now);
/* The next step when it is due; does not return from the last. When to come again, at the latest. */
uint64_t power_tick(struct state *s, uint64_t now);
/* For the machine's PID 1 only: the last steps, right now. */
_Noreturn void power_off_machine(uint32_t how);
/* True when this process is PID 1 of the machine, not of a container. Needs /proc. */
bool power_is_machine(void);
