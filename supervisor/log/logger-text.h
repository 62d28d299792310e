/* SPDX-License-Identifier: MIT */
/* logger-text: how a line looks, in the files and on the mirror. Pure: no files, no clock, no allocation. */
#pragma once

#include "base/logger-line.h"
#include "base/macros.h"

#define LOGGER_STAMP_LENGTH 27u /* "2026-11-24T08:25:06.123456Z" */

/* A line longer than this is cut into several; the cut shows as LOGGER_CUT_MARK on both sides. As journald's LineMax=. */
#define LOGGER_LINE_MAX 49152u
#define LOGGER_CUT_MARK "…"

/* The text of a time, remade only where it changed. Zero-initialised. */
struct logger_stamp {
        uint64_t second;
        char text[LOGGER_STAMP_LENGTH + 1];
};
/* UTC, in s->text, which is returned. realtime_us: since 1970; the year is at most 9999. */
const char *logger_stamp_at(struct logger_stamp *s, uint64_t realtime_us);

/* "<3>text": gives 3, the prefix's length, and *priority; else 0. sd-daemon(3). */
size_t logger_level_prefix(const char *text, size_t length, unsigned *priority);

enum logger_format { LOGGER_MIRROR_NONE, LOGGER_MIRROR_PLAIN, LOGGER_MIRROR_PREFIXED, LOGGER_MIRROR_JSON };

enum logger_look {
        LOGGER_LOOK_RAW, /* bytes as they came */
        LOGGER_LOOK_ESCAPED, /* control bytes made visible: for a terminal, since services are hostile */
        LOGGER_LOOK_COLORED /* that, and colors of ours */
};

struct logger_style {
        enum logger_format format;
        enum logger_look look;
};

/* A line to show, without its newline and its level prefix. */
struct logger_text {
        const char *unit;
        const char *identifier; /* "": none */
        const char *stamp; /* LOGGER_STAMP_LENGTH bytes */
        unsigned priority;
        const char *text;
        size_t length;
};

/* Writes the line with its newline to out. Returns its length; 0: it does not fit into room bytes, out is garbage then. */
size_t logger_text_render(const struct logger_style *style, const struct logger_text *text, char *out, size_t room);

/* As before, but what does not fit is cut off. Needs some LOGGER_TEXT_ROOM_MIN bytes of room. */
#define LOGGER_TEXT_ROOM_MIN 4096u
size_t logger_text_render_cut(const struct logger_style *style, const struct logger_text *text, char *out, size_t room);
