#define _GNU_SOURCE
#include "CSys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/mman.h>
#include <unistd.h>
#include <link.h>

int csys_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int csys_memory_file(void) { return memfd_create("preview", MFD_CLOEXEC); }

enum { descriptors_maximum = 4 };

int csys_send_descriptors(int socket, const int *descriptors, int count) {
    if (count < 1 || count > descriptors_maximum) {
        errno = EINVAL;
        return -1;
    }
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * descriptors_maximum)];
    } control;
    memset(&control, 0, sizeof control);
    char byte = 0;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    size_t length = sizeof(int) * (size_t)count;
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(length)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(header), descriptors, length);
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == 1 ? 0 : -1;
}

int csys_receive_descriptors(int socket, int *descriptors, int capacity) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * descriptors_maximum)];
    } control;
    char byte;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received <= 0) return (int)received;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
        errno = EBADMSG;
        return -1;
    }
    int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < count; i++) {
        int descriptor;
        memcpy(&descriptor, CMSG_DATA(header) + sizeof(int) * (size_t)i, sizeof descriptor);
        if (i < capacity) descriptors[i] = descriptor;
        else close(descriptor);
    }
    return count < capacity ? count : capacity;
}

int csys_fork_sibling(void) { return (int)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, 0L); }

int csys_gettid(void) { return gettid(); }

void csys_line_buffer_stdout(void) { setvbuf(stdout, NULL, _IOLBF, 0); }

unsigned long csys_live_heap_bytes(void) {
    struct mallinfo2 use = mallinfo2();
    return use.uordblks + use.hblkhd;
}

void csys_return_large_blocks(void) {
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_ARENA_MAX, 2);
}

void csys_trim_memory(void) { malloc_trim(0); }

int csys_clock_is_synchronised(void) {
    struct timex state = {0};
    int answer = adjtimex(&state);
    return answer >= 0 && answer != TIME_ERROR;
}

int csys_open_direct(const char *path) {
#ifdef O_DIRECT
    return open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
#else
    (void)path;
    errno = EINVAL;
    return -1;
#endif
}

// Glibc has neither the call nor its argument.
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

void csys_ask_for_short_turns(void) {
#ifdef SYS_sched_setattr
    DIR *threads = opendir("/proc/self/task");
    if (threads == NULL) return;
    struct dirent *entry;
    while ((entry = readdir(threads)) != NULL) {
        int thread = atoi(entry->d_name);
        if (thread <= 0) continue;
        struct scheduling now = {0};
        // Only who is scheduled as usual: whatever else somebody chose stays.
        if (syscall(SYS_sched_getattr, thread, &now, sizeof now, 0) != 0 || now.policy != 0) continue;
        struct scheduling wanted = {.size = sizeof wanted, .nice = now.nice, .runtime = 100000};
        syscall(SYS_sched_setattr, thread, &wanted, 0);
    }
    closedir(threads);
#endif
}

static int release_code_pages(struct dl_phdr_info *library, size_t size, void *unused) {
    (void)size;
    (void)unused;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
        // What the loader may have written into, relocations among it, is in writable segments, even where it is
        // protected by now; their pages must not be read from the file again.
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0) continue;
        uintptr_t start = (library->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
        uintptr_t end = (library->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~(page - 1);
        if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void csys_release_code_pages(void) { dl_iterate_phdr(release_code_pages, NULL); }
