#include "CMicroHTTPD.h"

#include <dlfcn.h>
#include <pthread.h>

#define FUNCTIONS(F)                                                                                                   \
  F(MHD_start_daemon)                                                                                                  \
  F(MHD_quiesce_daemon)                                                                                                \
  F(MHD_stop_daemon)                                                                                                   \
  F(MHD_get_connection_values)                                                                                         \
  F(MHD_get_connection_info)                                                                                           \
  F(MHD_create_response_from_buffer)                                                                                   \
  F(MHD_create_response_from_callback)                                                                                 \
  F(MHD_add_response_header)                                                                                           \
  F(MHD_queue_response)                                                                                                \
  F(MHD_destroy_response)

#define SLOT(name) static __typeof__(&name) loaded_##name;
FUNCTIONS(SLOT)

static bool is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  void *library = dlopen("libmicrohttpd.so.12", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name)                                                                                                     \
  loaded_##name = (__typeof__(loaded_##name))dlsym(library, #name);                                                    \
  if (!loaded_##name) return;
  FUNCTIONS(FIND)
  is_loaded = true;
}

bool headroom_http_load(void) {
  pthread_once(&once, load);
  return is_loaded;
}

struct MHD_Daemon *headroom_http_start(
    const headroom_http_options *options, MHD_AccessHandlerCallback handler, void *context,
    void *(*began)(void *, const char *, struct MHD_Connection *), MHD_RequestCompletedCallback completed,
    MHD_NotifyConnectionCallback connected) {
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)options->key},
      {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)options->certificate},
      {options->authorities ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, (void *)options->authorities},
      {MHD_OPTION_END, 0, NULL}};
  unsigned flags = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC;
  if (options->key) flags |= MHD_USE_TLS;
  return loaded_MHD_start_daemon(
      flags, 0, NULL, NULL, handler, context,
      MHD_OPTION_LISTEN_SOCKET, (MHD_socket)options->socket,
      MHD_OPTION_CONNECTION_LIMIT, options->connections,
      MHD_OPTION_CONNECTION_TIMEOUT, options->idle_seconds,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->header_bytes,
      MHD_OPTION_URI_LOG_CALLBACK, began, context,
      MHD_OPTION_NOTIFY_COMPLETED, completed, context,
      MHD_OPTION_NOTIFY_CONNECTION, connected, context,
      options->key ? MHD_OPTION_ARRAY : MHD_OPTION_END, tls, MHD_OPTION_END);
}

int headroom_http_quiesce(struct MHD_Daemon *server) { return loaded_MHD_quiesce_daemon(server); }
void headroom_http_stop(struct MHD_Daemon *server) { loaded_MHD_stop_daemon(server); }

int headroom_http_headers(struct MHD_Connection *connection, MHD_KeyValueIterator each, void *context) {
  return loaded_MHD_get_connection_values(connection, MHD_HEADER_KIND, each, context);
}
const struct sockaddr *headroom_http_peer(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = loaded_MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info ? info->client_addr : NULL;
}
int headroom_http_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = loaded_MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

static void *session(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = loaded_MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  return info ? info->tls_session : NULL;
}
bool headroom_http_is_encrypted(struct MHD_Connection *connection) { return session(connection) != NULL; }

// GnuTLS is there where an encrypted connection is: libmicrohttpd has loaded it.
bool headroom_http_is_certified(struct MHD_Connection *connection) {
  void *tls = session(connection);
  void *library = tls ? dlopen("libgnutls.so.30", RTLD_NOW | RTLD_NOLOAD | RTLD_LOCAL) : NULL;
  if (!library) return false;
  const void *(*peers)(void *, unsigned *) = dlsym(library, "gnutls_certificate_get_peers");
  int (*verify)(void *, unsigned *) = dlsym(library, "gnutls_certificate_verify_peers2");
  unsigned count = 0, status = 1;
  bool is_good = peers && verify && peers(tls, &count) && count > 0 && verify(tls, &status) == 0 && status == 0;
  dlclose(library);
  return is_good;
}

struct MHD_Response *headroom_http_response(const void *bytes, size_t count) {
  return loaded_MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}
struct MHD_Response *headroom_http_stream(MHD_ContentReaderCallback reader, void *context, MHD_ContentReaderFreeCallback done) {
  return loaded_MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, reader, context, done);
}
bool headroom_http_add(struct MHD_Response *response, const char *name, const char *value) {
  return loaded_MHD_add_response_header(response, name, value) == MHD_YES;
}
bool headroom_http_queue(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response) {
  return loaded_MHD_queue_response(connection, status, response) == MHD_YES;
}
void headroom_http_release(struct MHD_Response *response) { loaded_MHD_destroy_response(response); }
