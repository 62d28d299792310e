/* SPDX-License-Identifier: MIT */
/* parse-net: addresses, and who else may decide about the unit's memory. */
#include "kinds.h"

#include <arpa/inet.h>
#include <errno.h>

/* "10.0.0.0/8", "::1", "10" and "10.1" (as systemd does not take them either: a full address it must be). */
static bool is_address(const char *word) {
        static const char *const names[] = { "any", "localhost", "link-local", "multicast" };
        char address[INET6_ADDRSTRLEN];
        uint8_t bytes[sizeof(struct in6_addr)];
        const char *slash = strchrnul(word, '/');
        uint64_t bits = 0;
        bool is_v6 = strchr(word, ':') != NULL;

        if (table_value(names, ARRAY_LEN(names), word) >= 0)
                return true;
        if ((size_t)(slash - word) >= sizeof address || (*slash && text_to_u64(slash + 1, 10, &bits) < 0))
                return false;
        memcpy(address, word, (size_t)(slash - word));
        address[slash - word] = 0;
        return bits <= (is_v6 ? 128 : 32) && inet_pton(is_v6 ? AF_INET6 : AF_INET, address, bytes) == 1;
}

int parse_ip_addresses(struct parse *p, char ***field) {
        const char *rest = p->value;

        if (!*rest)
                strv_free(take_ptr(*field));
        for (;;) {
                owned_str word = NULL;
                int r = parse_next_word(p, &rest, 0, &word);

                if (r <= 0)
                        return r;
                if (!is_address(word))
                        (void)parse_mistake(
                                p,
                                "'%s' is not an address; allowed: ADDRESS[/BITS], any, localhost, link-local, "
                                "multicast",
                                word);
                else if (strv_add_unique(field, word) < 0)
                        return -ENOMEM;
        }
}

int parse_managed_oom(struct parse *p, char **field) {
        static const char *const words[] = { "auto", "kill" };
        int i = 0, r;

        r = parse_enum(p, words, ARRAY_LEN(words), &i);
        return r < 0 ? r : text_replace(field, words[i]);
}
