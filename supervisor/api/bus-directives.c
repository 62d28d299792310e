/* SPDX-License-Identifier: MIT */
/* bus-directives: what the unit files say, as properties. */
#include "api-private.h"

int api_add_directives(struct api *api, sd_bus *bus) {
        (void)api;
        (void)bus;
        return 0;
}

void api_free_directives(struct api *api) {
        (void)api;
}
