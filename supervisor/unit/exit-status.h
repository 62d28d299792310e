/* SPDX-License-Identifier: MIT */
/* exit-status: the exit statuses that have a name, one row each (systemd.exec(5), "Process exit codes"): the C library's, LSB's,
 * those of sysexits(3) and systemd's own. From the rows come the constants EXIT_STATUS_* and the names, both ways.
 */
#pragma once

#define EXIT_STATUS_ROWS(ROW) \
        ROW(0, SUCCESS) \
        ROW(1, FAILURE) \
        ROW(2, INVALIDARGUMENT) \
        ROW(3, NOTIMPLEMENTED) \
        ROW(4, NOPERMISSION) \
        ROW(5, NOTINSTALLED) \
        ROW(6, NOTCONFIGURED) \
        ROW(7, NOTRUNNING) \
        ROW(64, USAGE) \
        ROW(65, DATAERR) \
        ROW(66, NOINPUT) \
        ROW(67, NOUSER) \
        ROW(68, NOHOST) \
        ROW(69, UNAVAILABLE) \
        ROW(70, SOFTWARE) \
        ROW(71, OSERR) \
        ROW(72, OSFILE) \
        ROW(73, CANTCREAT) \
        ROW(74, IOERR) \
        ROW(75, TEMPFAIL) \
        ROW(76, PROTOCOL) \
        ROW(77, NOPERM) \
        ROW(78, CONFIG) \
        ROW(200, CHDIR) \
        ROW(201, NICE) \
        ROW(202, FDS) \
        ROW(203, EXEC) \
        ROW(204, MEMORY) \
        ROW(205, LIMITS) \
        ROW(206, OOM_ADJUST) \
        ROW(207, SIGNAL_MASK) \
        ROW(208, STDIN) \
        ROW(209, STDOUT) \
        ROW(210, CHROOT) \
        ROW(211, IOPRIO) \
        ROW(212, TIMERSLACK) \
        ROW(213, SECUREBITS) \
        ROW(214, SETSCHEDULER) \
        ROW(215, CPUAFFINITY) \
        ROW(216, GROUP) \
        ROW(217, USER) \
        ROW(218, CAPABILITIES) \
        ROW(219, CGROUP) \
        ROW(220, SETSID) \
        ROW(221, CONFIRM) \
        ROW(222, STDERR) \
        ROW(224, PAM) \
        ROW(225, NETWORK) \
        ROW(226, NAMESPACE) \
        ROW(227, NO_NEW_PRIVILEGES) \
        ROW(228, SECCOMP) \
        ROW(229, SELINUX_CONTEXT) \
        ROW(230, PERSONALITY) \
        ROW(231, APPARMOR) \
        ROW(232, ADDRESS_FAMILIES) \
        ROW(233, RUNTIME_DIRECTORY) \
        ROW(235, CHOWN) \
        ROW(236, SMACK_PROCESS_LABEL) \
        ROW(237, KEYRING) \
        ROW(238, STATE_DIRECTORY) \
        ROW(239, CACHE_DIRECTORY) \
        ROW(240, LOGS_DIRECTORY) \
        ROW(241, CONFIGURATION_DIRECTORY) \
        ROW(242, NUMA_POLICY) \
        ROW(243, CREDENTIALS) \
        ROW(244, BPF) \
        ROW(255, EXCEPTION)

enum exit_status {
#define ROW(number, name) EXIT_STATUS_##name = number,
        EXIT_STATUS_ROWS(ROW)
#undef ROW
};

/* The name of an exit status as `systemctl status` prints it: "USER" for 217; NULL for those without one. */
const char *exit_status_name(int status);
/* 0...255, or -EINVAL when there is no such name. */
int exit_status_from_name(const char *name);
