#ifndef VITRINE_CSYS_H
#define VITRINE_CSYS_H
// Calls that Swift's Glibc module does not carry.

/// A non-blocking, close-on-exec eventfd with count 0; -1 with errno on failure.
int csys_eventfd(void);
/// The kernel's id of the calling thread.
int csys_gettid(void);
/// Lines reach a pipe or file at once instead of when a buffer fills.
void csys_line_buffer_stdout(void);
/// Has malloc give blocks of a megabyte and more back to the system when they are freed, and use two arenas instead of
/// eight a core: without it, memory once used for pictures stays with the process.
void csys_return_large_blocks(void);
/// Gives memory that nothing uses back to the system: after work that took much for a moment, such as compiling shaders.
void csys_trim_memory(void);
/// How many bytes this process has allocated and not freed; what the allocator keeps for later does not count.
unsigned long csys_live_heap_bytes(void);
/// 1 when the kernel's clock is kept in step with a time server, 0 when not or when it cannot be asked.
int csys_clock_is_synchronised(void);
/// Sends one byte and `count` descriptors, at most 4, over a Unix socket; 0, or -1 with errno.
int csys_send_descriptors(int socket, const int *descriptors, int count);
/// Takes what csys_send_descriptors sent; the number of descriptors, 0 when the other end is closed, -1 with errno.
int csys_receive_descriptors(int socket, int *descriptors, int capacity);
/// As fork(2), but the child is one of the caller's parent, which can wait for it. The caller must have one thread only.
/// 0 in the child, its process id in the caller, -1 with errno on failure.
int csys_fork_sibling(void);
/// A close-on-exec file that is in memory only; -1 with errno on failure.
int csys_memory_file(void);

/// Opens a file for writing past the page cache, by whole aligned blocks; -1 with errno where that cannot be done.
int csys_open_direct(const char *path);

/// Asks the scheduler for short turns (0.1 ms) for all threads of this process and those they make: whoever takes short
/// turns gets the next one sooner. Threads that wait and wake often then do not queue behind others' long turns. Does
/// nothing where the system cannot do it (Linux before 6.12).
void csys_ask_for_short_turns(void);

/// Gives back the pages of code and constants that this process has touched so far, its libraries' included. What was only
/// needed to start does not come back; the rest does, from the page cache, when it is next used. Pages that were ever
/// written to stay.
void csys_release_code_pages(void);

#endif
