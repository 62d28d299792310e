/* SPDX-License-Identifier: MIT */
/* What a service may print, as a terminal, a JSON reader and `status` get to see it. */
#include "base/log-tail.h"
#include "log/logger-text.h"

#include <jansson.h>

#define STAMP "2026-11-24T08:25:06.123456Z"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t render(enum logger_format format, enum logger_look look, const uint8_t *data, size_t size, char *out) {
        struct logger_style style = { .format = format, .look = look };
        struct logger_text t = { .unit = "a.service", .identifier = "", .stamp = STAMP, .priority = 6,
                                 .text = (const char *)data, .length = size };
        size_t n = logger_text_render_cut(&style, &t, out, LOGGER_TEXT_ROOM_MIN);

        if (n == 0 || n > LOGGER_TEXT_ROOM_MIN || out[n - 1] != '\n')
                __builtin_trap();
        return n - 1;
}

/* Four members, whatever the bytes: no quote of the service's gets through. */
static void check_json(const char *text, size_t length) {
        json_t *object = json_loadb(text, length, JSON_ALLOW_NUL, NULL);

        if (json_object_size(object) != 4 || !json_is_string(json_object_get(object, "message")))
                __builtin_trap();
        json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static char out[LOGGER_TEXT_ROOM_MIN];
        const char *text = (const char *)data, *end = text + size;
        struct log_tail_line line;
        size_t n = render(LOGGER_MIRROR_PREFIXED, LOGGER_LOOK_ESCAPED, data, size, out);

        for (size_t i = 0; i < n; i++)
                if (((unsigned char)out[i] < ' ' && out[i] != '\t') || out[i] == 0x7f)
                        __builtin_trap();
        n = render(LOGGER_MIRROR_JSON, LOGGER_LOOK_RAW, data, size, out);
        check_json(out, n);
        while (log_tail_next(&text, end, &line))
                if (line.text < (const char *)data || line.text + line.text_length > end || line.priority > 7)
                        __builtin_trap();
        return 0;
}
