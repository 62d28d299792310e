/* SPDX-License-Identifier: MIT */
/* value: what comes over the bus as JSON values: one form for tables, for `show` and for -o json. */
#include "ctl.h"

static json_t *read_basic(sd_bus_message *m, char type) {
        union {
                uint8_t u8;
                int b;
                int16_t i16;
                uint16_t u16;
                int32_t i32;
                uint32_t u32;
                int64_t i64;
                uint64_t u64;
                double d;
                const char *s;
        } v = { 0 };

        if (sd_bus_message_read_basic(m, type, &v) <= 0)
                return NULL;
        switch (type) {
        case 'y':
                return json_integer(v.u8);
        case 'b':
                return json_boolean(v.b);
        case 'n':
                return json_integer(v.i16);
        case 'q':
                return json_integer(v.u16);
        case 'i':
                return json_integer(v.i32);
        case 'u':
                return json_integer(v.u32);
        case 'x':
                return json_integer(v.i64);
        case 't':
                return v.u64 > INT64_MAX ? json_null() : json_integer((json_int_t)v.u64);
        case 'd':
                return json_real(v.d);
        case 's':
        case 'o':
        case 'g':
                return json_string(v.s);
        default:
                return NULL;
        }
}

static json_t *read_container(sd_bus_message *m, char kind, const char *contents) {
        OWNED(json) json_t *list = NULL;
        json_t *item;
        int r = sd_bus_message_enter_container(m, kind, contents);

        if (r <= 0)
                return NULL;
        if (kind == 'v') {
                list = value_read(m);
        } else {
                list = json_array();
                while (list && sd_bus_message_at_end(m, false) == 0) {
                        char type;
                        const char *inner;

                        if (sd_bus_message_peek_type(m, &type, &inner) <= 0)
                                return NULL;
                        item = strchr("a(v{re", type) ? read_container(m, type == '(' ? 'r' : type, inner)
                                                      : read_basic(m, type);
                        if (!item || json_array_append_new(list, item) < 0)
                                return NULL;
                }
        }
        return sd_bus_message_exit_container(m) < 0 ? NULL : take_ptr(list);
}

json_t *value_read(sd_bus_message *m) {
        char type;
        const char *inner;

        if (sd_bus_message_peek_type(m, &type, &inner) <= 0)
                return NULL;
        return strchr("arve", type) ? read_container(m, type, inner) : read_basic(m, type);
}

/* ---- properties -------------------------------------------------------------------------------------------------- */

/* One {sv} of the reply. */
static int read_property(sd_bus_message *m, json_t *values, json_t *types) {
        const char *name, *type;
        char kind;
        json_t *value;
        int r = sd_bus_message_enter_container(m, 'e', "sv");

        if (r <= 0)
                return r < 0 ? r : -EBADMSG;
        if ((r = sd_bus_message_read_basic(m, 's', &name)) < 0 || (r = sd_bus_message_peek_type(m, &kind, &type)) < 0)
                return r;
        value = value_read(m);
        if (!value || json_object_set_new_nocheck(values, name, value) < 0 ||
            json_object_set_new_nocheck(types, name, json_string(type)) < 0)
                return -ENOMEM;
        return sd_bus_message_exit_container(m);
}

int ctl_properties(struct ctl *c, const char *path, const char *interface, sd_bus_error *error, json_t **ret_values,
                   json_t **ret_types) {
        OWNED(json) json_t *values = json_object();
        OWNED(json) json_t *types = json_object();
        OWNED(message) sd_bus_message *reply = NULL;
        const struct call get_all = {
                .path = path,
                .interface = "org.freedesktop.DBus.Properties",
                .member = "GetAll",
                .types = "s",
        };
        int r;

        if (!values || !types)
                return -ENOMEM;
        r = ctl_call(c, &get_all, error, &reply, interface);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "{sv}");
        while (r >= 0 && sd_bus_message_at_end(reply, false) == 0)
                r = read_property(reply, values, types);
        if (r < 0)
                return r;
        *ret_values = take_ptr(values);
        *ret_types = take_ptr(types);
        return 0;
}

int ctl_unit_properties(struct ctl *c, const char *name, sd_bus_error *error, json_t **values, json_t **types) {
        owned_str path = ctl_unit_path(name);
        OWNED(json) json_t *unused = NULL;

        return path ? ctl_properties(c, path, "", error, values, types ? types : &unused) : -ENOMEM;
}

int read_list(sd_bus_message *reply, json_t **ret) {
        *ret = value_read(reply);
        return *ret ? 0 : -EBADMSG;
}

/* ---- members ----------------------------------------------------------------------------------------------------- */

const char *get_text(const json_t *object, const char *name) {
        const char *text = json_string_value(json_object_get(object, name));

        return text ? text : "";
}

uint64_t get_number(const json_t *object, const char *name) {
        const json_t *value = json_object_get(object, name);

        return json_is_integer(value) ? (uint64_t)json_integer_value(value) : UINT64_MAX;
}

const char *text_at(const json_t *array, size_t index) {
        const char *text = json_string_value(json_array_get(array, index));

        return text ? text : "";
}

uint64_t number_at(const json_t *array, size_t index) {
        const json_t *value = json_array_get(array, index);

        return json_is_integer(value) ? (uint64_t)json_integer_value(value) : UINT64_MAX;
}
