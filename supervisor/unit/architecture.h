/* SPDX-License-Identifier: MIT */
/* architecture: what systemd calls the machine's architecture: "x86-64", "arm64". */
#pragma once

/* Of the running kernel, as uname(2) tells (which heeds personality(2)); NULL when it is not known. Static. */
const char *architecture_name(void);
/* Of this program. */
const char *architecture_native(void);
