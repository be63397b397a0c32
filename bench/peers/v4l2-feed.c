/* Preloaded into ustreamer; simulates a V4L2 camera with the JPEGs of the benchmark's feed: /dev/camd-bench reads 127.0.0.1:$CAMD_BENCH_FEED. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEVICE "/dev/camd-bench"
#define BUFFERS 8
#define BUFFER_BYTES (1 << 20)

enum state { MINE, QUEUED, FULL };

static struct {
  enum state state;
  size_t length;
  unsigned char *bytes;
} buffers[BUFFERS];
static unsigned count, order[BUFFERS], filled;
/* The device is the reading end of a pipe with a byte for each full buffer; it is never writable, because that would mean an error. */
static int device = -1, pipes[2], fd_feed = -1;
static unsigned sequence;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Copies a complete picture to a queued buffer, or drops it, like a camera. */
static void deliver(const unsigned char *bytes, size_t length) {
  pthread_mutex_lock(&lock);
  for (unsigned at = 0; at < count; at++) {
    if (buffers[at].state != QUEUED) continue;
    memcpy(buffers[at].bytes, bytes, length);
    buffers[at].length = length;
    buffers[at].state = FULL;
    order[filled++] = at;
    if (write(pipes[1], "", 1) != 1) filled--;
    break;
  }
  pthread_mutex_unlock(&lock);
}

static void *play(void *unused) {
  (void)unused;
  static unsigned char picture[BUFFER_BYTES];
  size_t length = 0;
  for (;;) {
    ssize_t got = read(fd_feed, picture + length, sizeof picture - length);
    if (got <= 0) return NULL;
    size_t from = length > 0 ? length - 1 : 0;
    length += (size_t)got;
    for (;;) {
      unsigned char *end = memmem(picture + from, length - from, "\xff\xd9", 2);
      if (end == NULL) break;
      size_t whole = (size_t)(end - picture) + 2;
      deliver(picture, whole);
      memmove(picture, picture + whole, length - whole);
      length -= whole;
      from = 0;
    }
    if (length == sizeof picture) length = 0;
  }
}

static int open_device(void) {
  struct sockaddr_in feed = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const char *port = getenv("CAMD_BENCH_FEED");
  pthread_t thread;
  feed.sin_port = htons((unsigned short)atoi(port ? port : "0"));
  if (pipe2(pipes, O_NONBLOCK | O_CLOEXEC) != 0) return -1;
  device = pipes[0];
  fd_feed = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd_feed, (struct sockaddr *)&feed, sizeof feed) != 0) return -1;
  if (pthread_create(&thread, NULL, play, NULL) != 0) return -1;
  return device;
}

#define OPEN(name)                                                              \
  int name(const char *path, int flags, ...) {                                  \
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #name);              \
    va_list rest;                                                               \
    va_start(rest, flags);                                                      \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;   \
    va_end(rest);                                                               \
    return strcmp(path, DEVICE) == 0 ? open_device() : real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)
int __open_2(const char *path, int flags) { return open(path, flags); }
int __open64_2(const char *path, int flags) { return open(path, flags); }

int access(const char *path, int mode) {
  int (*real)(const char *, int) = dlsym(RTLD_NEXT, "access");
  return strcmp(path, DEVICE) == 0 ? 0 : real(path, mode);
}

#define MMAP(name)                                                                    \
  void *name(void *at, size_t length, int may, int flags, int fd, off_t offset) {     \
    void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, #name);    \
    if (fd < 0 || fd != device) return real(at, length, may, flags, fd, offset);      \
    return buffers[offset / BUFFER_BYTES].bytes =                                     \
               real(NULL, length, may, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);           \
  }
MMAP(mmap)
MMAP(mmap64)

static int answer(unsigned request, void *argument) {
  struct v4l2_buffer *buffer = argument;
  switch (request) {
    case VIDIOC_QUERYCAP: {
      struct v4l2_capability *about = argument;
      memset(about, 0, sizeof *about);
      strcpy((char *)about->driver, "camd-bench");
      about->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
      return 0;
    }
    case VIDIOC_S_FMT: {
      struct v4l2_format *format = argument;
      format->fmt.pix.sizeimage = BUFFER_BYTES;
      return 0;
    }
    case VIDIOC_S_INPUT:
    case VIDIOC_STREAMON:
    case VIDIOC_STREAMOFF:
      return 0;
    case VIDIOC_REQBUFS: {
      struct v4l2_requestbuffers *wanted = argument;
      count = wanted->count = wanted->count > BUFFERS ? BUFFERS : wanted->count;
      return 0;
    }
    case VIDIOC_QUERYBUF:
      buffer->length = BUFFER_BYTES;
      buffer->m.offset = buffer->index * BUFFER_BYTES;
      return 0;
    case VIDIOC_QBUF:
      buffers[buffer->index].state = QUEUED;
      return 0;
    case VIDIOC_DQBUF: {
      char one;
      if (filled == 0 || read(device, &one, 1) != 1) {
        errno = EAGAIN;
        return -1;
      }
      buffer->index = order[0];
      memmove(order, order + 1, --filled * sizeof *order);
      buffers[buffer->index].state = MINE;
      buffer->bytesused = (unsigned)buffers[buffer->index].length;
      buffer->length = BUFFER_BYTES;
      buffer->sequence = sequence++;
      return 0;
    }
    default:
      errno = EINVAL;
      return -1;
  }
}

int ioctl(int fd, unsigned long request, ...) {
  int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if (fd < 0 || fd != device) return real(fd, request, argument);
  pthread_mutex_lock(&lock);
  /* ustreamer passes it as an int, which extends its sign. */
  int result = answer((unsigned)request, argument);
  pthread_mutex_unlock(&lock);
  return result;
}
