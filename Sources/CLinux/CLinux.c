#define _GNU_SOURCE 1
#include "CLinux.h"

#include <errno.h>
#include <link.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int64_t cl_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t cl_thread_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int cl_poll_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

int cl_poll_add(int poll, int handle, uint64_t token) {
  struct epoll_event event;
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = token;
  return epoll_ctl(poll, EPOLL_CTL_ADD, handle, &event);
}

int cl_poll_event_size(void) { return sizeof(struct epoll_event); }

int cl_poll_wait(int poll, void *events, int count, int64_t nanoseconds) {
  if (nanoseconds == 0) return epoll_wait(poll, events, count, 0);
  if (nanoseconds < 0) return epoll_wait(poll, events, count, -1);
#ifdef SYS_epoll_pwait2
  struct timespec t = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  int n = (int)syscall(SYS_epoll_pwait2, poll, events, count, &t, NULL, 0);
  if (n >= 0 || errno != ENOSYS) return n;
#endif
  return epoll_wait(poll, events, count, (int)(nanoseconds / 1000000));
}

uint64_t cl_poll_event(const void *events, int index, uint32_t *what) {
  const struct epoll_event *event = (const struct epoll_event *)events + index;
  *what = (event->events & EPOLLIN ? CL_READABLE : 0) | (event->events & EPOLLOUT ? CL_WRITABLE : 0) |
          (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) ? CL_CLOSED : 0);
  return event->data.u64;
}

int cl_set_timer_slack(unsigned long nanoseconds) { return prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0); }

int64_t cl_bytes_acknowledged(int handle) {
  // tcpi_bytes_acked (Linux 4.1) lies 120 bytes into the kernel's struct, which glibc's header does not name.
  unsigned char raw[512];
  socklen_t length = sizeof raw;
  memset(raw, 0, sizeof raw);
  if (getsockopt(handle, IPPROTO_TCP, TCP_INFO, raw, &length) != 0 || length < 128) return -1;
  uint64_t acknowledged;
  memcpy(&acknowledged, raw + 120, 8);
  return (int64_t)acknowledged;
}

int cl_accept(int handle) { return accept4(handle, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

void cl_reset_on_close(int handle) {
  struct linger l = {1, 0};
  setsockopt(handle, SOL_SOCKET, SO_LINGER, &l, sizeof l);
}

void cl_set_plain_congestion_control(int handle) { setsockopt(handle, IPPROTO_TCP, TCP_CONGESTION, "reno", 4); }

int cl_stamp_arrivals(int handle) {
  int one = 1;
  return setsockopt(handle, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
}

int64_t cl_receive_stamped(int handle, void *buffer, int64_t capacity, int64_t *late) {
  struct iovec piece = {buffer, (size_t)capacity};
  union {
    char bytes[CMSG_SPACE(sizeof(struct timespec))];
    struct cmsghdr aligned;
  } control;
  struct msghdr message = {0};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  *late = 0;
  int64_t n = recvmsg(handle, &message, 0);
  if (n <= 0) return n;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    // The stamp is of the civil clock, which may jump: only its distance from now is used.
    struct timespec came, now;
    memcpy(&came, CMSG_DATA(c), sizeof came);
    clock_gettime(CLOCK_REALTIME, &now);
    *late = (int64_t)(now.tv_sec - came.tv_sec) * 1000000000 + (now.tv_nsec - came.tv_nsec);
  }
  return n;
}

int cl_process_open(int pid) {
#ifdef SYS_pidfd_open
  return (int)syscall(SYS_pidfd_open, pid, 0);
#else
  errno = ENOSYS;
  return -1;
#endif
}

int cl_process_signal(int handle, int signal) {
#ifdef SYS_pidfd_send_signal
  return (int)syscall(SYS_pidfd_send_signal, handle, signal, NULL, 0);
#else
  errno = ENOSYS;
  return -1;
#endif
}

void cl_pause(int64_t nanoseconds) {
  // A processor's own pause is 10 to 140 cycles: eight of them between two looks at the clock.
  int64_t end = cl_now() + nanoseconds;
  do {
    for (int i = 0; i < 8; i++) {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#elif defined(__aarch64__)
      __asm__ volatile("yield");
#endif
    }
  } while (cl_now() < end);
}

static int cl_release_segments(struct dl_phdr_info *info, size_t size, void *unused) {
  (void)size;
  (void)unused;
  long page = sysconf(_SC_PAGESIZE);
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = info->dlpi_phdr + i;
    if (segment->p_type != PT_DYNAMIC) continue;
    // Code that was changed when it was loaded is not the file's.
    for (const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(info->dlpi_addr + segment->p_vaddr); entry->d_tag != DT_NULL; entry++)
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL))) return 0;
  }
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = info->dlpi_phdr + i;
    if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) || !(segment->p_flags & PF_X)) continue;
    // Whole pages only: those at the ends may be shared with what lies beside.
    uintptr_t start = (info->dlpi_addr + segment->p_vaddr + page - 1) & ~(uintptr_t)(page - 1);
    uintptr_t end = (info->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~(uintptr_t)(page - 1);
    if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void cl_release_code(void) { dl_iterate_phdr(cl_release_segments, NULL); }
