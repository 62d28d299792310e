/* SPDX-License-Identifier: MIT */
/* log: the supervisor's own messages, one line each on stderr: "keel: web.service: …". Low layers do not log; the layer
 * that knows the unit's name logs once. Never allocates; keeps errno.
 */
#pragma once

#include "macros.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_NOTICE, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Messages below it are dropped. Default: LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* unit may be NULL. */
void log_unit(enum log_level level, const char *unit, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_debug(...)   log_unit(LOG_LEVEL_DEBUG, NULL, __VA_ARGS__)
#define log_info(...)    log_unit(LOG_LEVEL_INFO, NULL, __VA_ARGS__)
#define log_notice(...)  log_unit(LOG_LEVEL_NOTICE, NULL, __VA_ARGS__)
#define log_warning(...) log_unit(LOG_LEVEL_WARNING, NULL, __VA_ARGS__)
#define log_error(...)   log_unit(LOG_LEVEL_ERROR, NULL, __VA_ARGS__)
