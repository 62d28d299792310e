/* SPDX-License-Identifier: MIT */
/* job-private: between transaction.c, which makes sets of jobs, and job.c, which runs them. */
#pragma once

#include "job.h"

#define JOB_IMPOSSIBLE (-1)

/* What two jobs of one unit amount to, or JOB_IMPOSSIBLE. Pure. */
int job_type_merge(enum job_type a, enum job_type b);
/* restart-if-running and the like become what they mean for the unit as it is now. */
enum job_type job_type_collapse(enum job_type type, const struct object *o);
/* Would it change nothing? */
bool job_type_is_redundant(enum job_type type, enum active_state state);
/* Installs a job on its node, merging with the one that is there, or replacing it. */
int job_install(struct jobs *js, struct node *node, enum job_type type, bool is_irreversible, bool ignores_order, struct job **ret);
/* <0: a (which is Before= b) goes first, >0: b first. */
int job_compare(enum job_type a, enum job_type b);
