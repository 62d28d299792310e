/* SPDX-License-Identifier: MIT */
/* directives-other: the rows of the unit types that keel does not run yet; part of directives.h, which alone includes it. */
#pragma once

#define DIRECTIVES_OTHER_TYPES(NOT_YET) \
        DIRECTIVES_SOCKET(NOT_YET) \
        DIRECTIVES_TIMER(NOT_YET) \
        DIRECTIVES_PATH(NOT_YET) \
        DIRECTIVES_MOUNT(NOT_YET) \
        DIRECTIVES_SCOPE(NOT_YET)

/* systemd.socket(5) */
#define DIRECTIVES_SOCKET(NOT_YET) \
        NOT_YET(SOCKET, ListenStream, "ADDRESS", "Listens on a stream socket.") \
        NOT_YET(SOCKET, ListenDatagram, "ADDRESS", "Listens on a datagram socket.") \
        NOT_YET(SOCKET, ListenSequentialPacket, "ADDRESS", "Listens on a sequential packet socket.") \
        NOT_YET(SOCKET, ListenFIFO, "PATH", "Listens on a FIFO.") \
        NOT_YET(SOCKET, ListenNetlink, "FAMILY [GROUP]", "Listens on a netlink socket.") \
        NOT_YET(SOCKET, ListenSpecial, "PATH", "Opens a special file.") \
        NOT_YET(SOCKET, ListenMessageQueue, "PATH", "Opens a POSIX message queue.") \
        NOT_YET(SOCKET, ListenUSBFunction, "PATH", "Opens USB FunctionFS endpoints.") \
        NOT_YET(SOCKET, SocketProtocol, "PROTOCOL", "udplite, sctp or mptcp.") \
        NOT_YET(SOCKET, BindIPv6Only, "default|both|ipv6-only", "Whether IPv6 sockets take IPv4.") \
        NOT_YET(SOCKET, Backlog, "N", "Length of the queue of listen(2).") \
        NOT_YET(SOCKET, BindToDevice, "INTERFACE", "Binds to a network interface.") \
        NOT_YET(SOCKET, ExecStartPre, "COMMAND", "Run before the sockets are made.") \
        NOT_YET(SOCKET, ExecStartPost, "COMMAND", "Run after the sockets are made.") \
        NOT_YET(SOCKET, ExecStopPre, "COMMAND", "Run before the sockets are closed.") \
        NOT_YET(SOCKET, ExecStopPost, "COMMAND", "Run after the sockets are closed.") \
        NOT_YET(SOCKET, TimeoutSec, "TIME", "How long each of the commands may take.") \
        NOT_YET(SOCKET, SocketUser, "USER", "Owner of sockets in the file system.") \
        NOT_YET(SOCKET, SocketGroup, "GROUP", "Group of sockets in the file system.") \
        NOT_YET(SOCKET, SocketMode, "MODE", "Mode of sockets in the file system.") \
        NOT_YET(SOCKET, DirectoryMode, "MODE", "Mode of directories made for them.") \
        NOT_YET(SOCKET, Accept, "BOOL", "One service instance per connection.") \
        NOT_YET(SOCKET, FlushPending, "BOOL", "Drops what waits when the service ends.") \
        NOT_YET(SOCKET, Writable, "BOOL", "Opens ListenSpecial= for writing too.") \
        NOT_YET(SOCKET, MaxConnections, "N", "Most connections with Accept=yes.") \
        NOT_YET(SOCKET, MaxConnectionsPerSource, "N", "Most connections per address.") \
        NOT_YET(SOCKET, KeepAlive, "BOOL", "SO_KEEPALIVE.") \
        NOT_YET(SOCKET, KeepAliveTimeSec, "TIME", "TCP_KEEPIDLE.") \
        NOT_YET(SOCKET, KeepAliveIntervalSec, "TIME", "TCP_KEEPINTVL.") \
        NOT_YET(SOCKET, KeepAliveProbes, "N", "TCP_KEEPCNT.") \
        NOT_YET(SOCKET, DeferAcceptSec, "TIME", "TCP_DEFER_ACCEPT.") \
        NOT_YET(SOCKET, NoDelay, "BOOL", "TCP_NODELAY.") \
        NOT_YET(SOCKET, Priority, "N", "SO_PRIORITY.") \
        NOT_YET(SOCKET, ReceiveBuffer, "SIZE", "SO_RCVBUF.") \
        NOT_YET(SOCKET, SendBuffer, "SIZE", "SO_SNDBUF.") \
        NOT_YET(SOCKET, IPTOS, "N|NAME", "IP_TOS.") \
        NOT_YET(SOCKET, IPTTL, "N", "IP_TTL.") \
        NOT_YET(SOCKET, Mark, "N", "SO_MARK.") \
        NOT_YET(SOCKET, PipeSize, "SIZE", "Buffer of a FIFO.") \
        NOT_YET(SOCKET, FreeBind, "BOOL", "IP_FREEBIND.") \
        NOT_YET(SOCKET, Transparent, "BOOL", "IP_TRANSPARENT.") \
        NOT_YET(SOCKET, Broadcast, "BOOL", "SO_BROADCAST.") \
        NOT_YET(SOCKET, PassCredentials, "BOOL", "SO_PASSCRED.") \
        NOT_YET(SOCKET, PassSecurity, "BOOL", "SO_PASSSEC.") \
        NOT_YET(SOCKET, PassPacketInfo, "BOOL", "IP_PKTINFO and its siblings.") \
        NOT_YET(SOCKET, Timestamping, "off|us|ns", "SO_TIMESTAMP.") \
        NOT_YET(SOCKET, TCPCongestion, "NAME", "TCP_CONGESTION.") \
        NOT_YET(SOCKET, ReusePort, "BOOL", "SO_REUSEPORT.") \
        NOT_YET(SOCKET, MessageQueueMaxMessages, "N", "mq_maxmsg.") \
        NOT_YET(SOCKET, MessageQueueMessageSize, "N", "mq_msgsize.") \
        NOT_YET(SOCKET, RemoveOnStop, "BOOL", "Removes file nodes when it stops.") \
        NOT_YET(SOCKET, Symlinks, "PATH...", "Symbolic links to the socket or FIFO.") \
        NOT_YET(SOCKET, FileDescriptorName, "NAME", "Name of the fds.") \
        NOT_YET(SOCKET, Service, "SERVICE", "Which service it starts.") \
        NOT_YET(SOCKET, TriggerLimitIntervalSec, "TIME", "Window that activations are counted in.") \
        NOT_YET(SOCKET, TriggerLimitBurst, "N", "Activations allowed in the window.") \
        NOT_YET(SOCKET, SmackLabel, "LABEL", "SMACK label of FIFOs.") \
        NOT_YET(SOCKET, SmackLabelIPIn, "LABEL", "SMACK label of what comes in.") \
        NOT_YET(SOCKET, SmackLabelIPOut, "LABEL", "SMACK label of what goes out.") \
        NOT_YET(SOCKET, SELinuxContextFromNet, "BOOL", "SELinux context from the peer.")

/* systemd.timer(5) */
#define DIRECTIVES_TIMER(NOT_YET) \
        NOT_YET(TIMER, OnCalendar, "CALENDAR", "Fires at these times of the calendar.") \
        NOT_YET(TIMER, OnActiveSec, "TIME", "Fires so long after the timer was started.") \
        NOT_YET(TIMER, OnBootSec, "TIME", "Fires so long after boot.") \
        NOT_YET(TIMER, OnStartupSec, "TIME", "Fires so long after keel was started.") \
        NOT_YET(TIMER, OnUnitActiveSec, "TIME", "Fires so long after the unit was last active.") \
        NOT_YET(TIMER, OnUnitInactiveSec, "TIME", "Fires so long after the unit ended.") \
        NOT_YET(TIMER, OnClockChange, "BOOL", "Fires when the clock jumps.") \
        NOT_YET(TIMER, OnTimezoneChange, "BOOL", "Fires when the time zone changes.") \
        NOT_YET(TIMER, Persistent, "BOOL", "Makes up for times missed while off.") \
        NOT_YET(TIMER, WakeSystem, "BOOL", "Wakes the machine.") \
        NOT_YET(TIMER, RemainAfterElapse, "BOOL", "Stays loaded after the last time.") \
        NOT_YET(TIMER, FixedRandomDelay, "BOOL", "The same random delay each time.") \
        NOT_YET(TIMER, AccuracySec, "TIME", "How late it may fire.") \
        NOT_YET(TIMER, RandomizedDelaySec, "TIME", "Up to so much later, by chance.") \
        NOT_YET(TIMER, Unit, "UNIT", "Which unit it starts.")

/* systemd.path(5) */
#define DIRECTIVES_PATH(NOT_YET) \
        NOT_YET(PATH, PathExists, "PATH", "Fires when it exists.") \
        NOT_YET(PATH, PathExistsGlob, "GLOB", "Fires when something matches.") \
        NOT_YET(PATH, PathChanged, "PATH", "Fires when a written file is closed.") \
        NOT_YET(PATH, PathModified, "PATH", "Fires on every write.") \
        NOT_YET(PATH, DirectoryNotEmpty, "PATH", "Fires when there is something in it.") \
        NOT_YET(PATH, Unit, "UNIT", "Which unit it starts.") \
        NOT_YET(PATH, MakeDirectory, "BOOL", "Makes the directory first.") \
        NOT_YET(PATH, DirectoryMode, "MODE", "Its mode.") \
        NOT_YET(PATH, TriggerLimitIntervalSec, "TIME", "Window that activations are counted in.") \
        NOT_YET(PATH, TriggerLimitBurst, "N", "Activations allowed in the window.")

/* systemd.mount(5), systemd.automount(5), systemd.swap(5) */
#define DIRECTIVES_MOUNT(NOT_YET) \
        NOT_YET(MOUNT, What, "DEVICE", "What to mount.") \
        NOT_YET(MOUNT, Where, "PATH", "Where to mount it.") \
        NOT_YET(MOUNT, Options, "OPTIONS", "Mount options.") \
        NOT_YET(MOUNT, Type, "TYPE", "File system type.") \
        NOT_YET(MOUNT, TimeoutSec, "TIME", "How long the mount command may take.") \
        NOT_YET(MOUNT, DirectoryMode, "MODE", "Mode of directories made for it.") \
        NOT_YET(MOUNT, SloppyOptions, "BOOL", "Tolerates unknown options.") \
        NOT_YET(MOUNT, LazyUnmount, "BOOL", "Unmounts when it is no longer busy.") \
        NOT_YET(MOUNT, ForceUnmount, "BOOL", "Unmounts even when the server is gone.") \
        NOT_YET(MOUNT, ReadWriteOnly, "BOOL", "Fails rather than mount read-only.") \
        NOT_YET(AUTOMOUNT, Where, "PATH", "Where to watch.") \
        NOT_YET(AUTOMOUNT, ExtraOptions, "OPTIONS", "Mount options of autofs.") \
        NOT_YET(AUTOMOUNT, DirectoryMode, "MODE", "Mode of directories made for it.") \
        NOT_YET(AUTOMOUNT, TimeoutIdleSec, "TIME", "Unmounts after so long without use.") \
        NOT_YET(SWAP, What, "DEVICE", "What to swap on.") \
        NOT_YET(SWAP, Priority, "N", "Its priority.") \
        NOT_YET(SWAP, Options, "OPTIONS", "Options of swapon(8).") \
        NOT_YET(SWAP, TimeoutSec, "TIME", "How long swapon may take.")

/* systemd.scope(5) */
#define DIRECTIVES_SCOPE(NOT_YET) \
        NOT_YET(SCOPE, RuntimeMaxSec, "TIME", "How long it may be active.") \
        NOT_YET(SCOPE, RuntimeRandomizedExtraSec, "TIME", "Up to so much longer.") \
        NOT_YET(SCOPE, TimeoutStopSec, "TIME", "How long a stop may take.") \
        NOT_YET(SCOPE, OOMPolicy, "POLICY", "What follows when the OOM killer hits it.")
