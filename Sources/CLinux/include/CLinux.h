// What Linux offers beyond POSIX and Swift's Glibc does not import: epoll, accept4, timer slack, TCP_INFO.
//
// The header includes no system header: with _GNU_SOURCE, which these calls need, types such as fd_set differ from
// those of the Glibc module, and the two could not be imported together.
#ifndef CLINUX_H
#define CLINUX_H

#include <stdint.h>

// What happened to a socket, as bits.
enum { CL_READABLE = 1, CL_WRITABLE = 2, CL_CLOSED = 4 };

// Nanoseconds of CLOCK_MONOTONIC.
int64_t cl_now(void);
// Nanoseconds of processor time that this thread has used.
int64_t cl_thread_time(void);
// Lets so many nanoseconds pass without a system call.
void cl_pause(int64_t nanoseconds);

// A new epoll instance, or -1.
int cl_poll_open(void);
// Watches a socket for everything, edge-triggered. 0 where that worked.
int cl_poll_add(int poll, int handle, uint64_t token);
// Bytes of one event in the buffer that cl_poll_wait fills.
int cl_poll_event_size(void);
// Waits with nanosecond precision (epoll_pwait2, Linux 5.11); in whole milliseconds, rounded down, where the kernel
// does not have it. A negative wait is forever.
int cl_poll_wait(int poll, void *events, int count, int64_t nanoseconds);
// The token of an event, and its bits in `what`.
uint64_t cl_poll_event(const void *events, int index, uint32_t *what);

// The kernel may delay a waiting thread's wake-up by its timer slack, 50 microseconds by default.
int cl_set_timer_slack(unsigned long nanoseconds);

// Bytes of this connection's life that the other side's kernel has acknowledged; -1 where it cannot be told.
int64_t cl_bytes_acknowledged(int handle);
// A connection that waits, non-blocking, or -1.
int cl_accept(int handle);
// Reno, which every kernel has and which does not pace.
void cl_set_plain_congestion_control(int handle);
// Has the kernel note when bytes came in, for cl_receive_stamped.
int cl_stamp_arrivals(int handle);
// As recv; `late` becomes how many nanoseconds ago the newest of the bytes had come in, 0 where the kernel did not say.
int64_t cl_receive_stamped(int handle, void *buffer, int64_t capacity, int64_t *late);
// A handle to a process, which never means another one even when its number is given out again (Linux 5.3), or -1.
int cl_process_open(int pid);
// Sends a signal to such a process. 0 where that worked.
int cl_process_signal(int handle, int signal);
// Takes the pages of the program's and its libraries' code out of this process's memory; those that are used come back.
void cl_release_code(void);
// Closing from here on sends a reset instead of a proper end.
void cl_reset_on_close(int handle);

#endif
