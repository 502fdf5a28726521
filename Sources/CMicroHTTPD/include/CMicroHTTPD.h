#pragma once
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

// libmicrohttpd brings GnuTLS, which costs every start of the program. So it is not linked but loaded when the first server
// is started. `headroom_http_load` comes before every other call here; the others must not be called where it gave false.
bool headroom_http_load(void);

// What a server does. MHD_start_daemon is variadic, which Swift cannot call.
typedef struct {
  int socket;                  // listens already
  unsigned connections;        // at the same time, at most
  unsigned idle_seconds;       // until a silent connection is closed
  size_t header_bytes;         // of a request line with its headers, at most
  const char *key;             // PEM; NULL without TLS
  const char *certificate;     // PEM; NULL without TLS
  const char *authorities;     // PEM; NULL where no certificate is asked of clients
} headroom_http_options;

// A thread a connection: an answer may take its time, and so may a stream of events.
struct MHD_Daemon *headroom_http_start(
    const headroom_http_options *options, MHD_AccessHandlerCallback handler, void *context,
    void *(*began)(void *, const char *, struct MHD_Connection *), MHD_RequestCompletedCallback completed,
    MHD_NotifyConnectionCallback connected);
// Accepts nothing more; gives the listening socket back.
int headroom_http_quiesce(struct MHD_Daemon *server);
// Closes every connection and waits for their threads.
void headroom_http_stop(struct MHD_Daemon *server);

int headroom_http_headers(struct MHD_Connection *connection, MHD_KeyValueIterator each, void *context);
// The peer's address, and the connection's socket.
const struct sockaddr *headroom_http_peer(struct MHD_Connection *connection);
int headroom_http_socket(struct MHD_Connection *connection);
// Whether the connection is encrypted, and whether its client has shown a certificate of the authorities.
bool headroom_http_is_encrypted(struct MHD_Connection *connection);
bool headroom_http_is_certified(struct MHD_Connection *connection);

// A response of bytes, which are copied.
struct MHD_Response *headroom_http_response(const void *bytes, size_t count);
// A response whose bytes come as they come: `reader` gives some, or MHD_CONTENT_READER_END_OF_STREAM.
struct MHD_Response *headroom_http_stream(MHD_ContentReaderCallback reader, void *context, MHD_ContentReaderFreeCallback done);
bool headroom_http_add(struct MHD_Response *response, const char *name, const char *value);
bool headroom_http_queue(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response);
void headroom_http_release(struct MHD_Response *response);
static inline ssize_t headroom_http_end_of_stream(void) { return MHD_CONTENT_READER_END_OF_STREAM; }
