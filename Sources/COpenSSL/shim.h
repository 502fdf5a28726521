// OpenSSL 3 (or 1.1.1) for a client that does not block: what its macros and callbacks hide from Swift.
#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>

// What reading, writing or shaking hands came to, where it is no number of bytes.
enum { CO_WAIT = -1, CO_BROKEN = -2, CO_END = -3 };

// Settings that sessions share, or NULL. `authorities` is a file of certificates, or NULL for the system's own.
static inline void *co_context(int verifies, const char *authorities) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (context == NULL) return NULL;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // Many services end a connection without saying so in TLS; whether a response was whole, HTTP tells.
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
#endif
  SSL_CTX_set_verify(context, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
  static const unsigned char http1[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context, http1, 9);
  int isThere = authorities != NULL ? SSL_CTX_load_verify_locations(context, authorities, NULL)
                                    : SSL_CTX_set_default_verify_paths(context);
  if (isThere != 1 && verifies) {
    SSL_CTX_free(context);
    return NULL;
  }
  // OpenSSL writes with write(2), which raises this where the other side has gone.
  signal(SIGPIPE, SIG_IGN);
  return context;
}
static inline void co_context_free(void *context) { SSL_CTX_free((SSL_CTX *)context); }

// A session over a connected socket with whoever proves to be `host`, or NULL.
static inline void *co_session(void *context, int handle, const char *host, int isAddress) {
  SSL *session = SSL_new((SSL_CTX *)context);
  if (session == NULL) return NULL;
  SSL_set_fd(session, handle);
  SSL_set_connect_state(session);
  if (isAddress) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host);
  } else {
    SSL_set_tlsext_host_name(session, host);
    SSL_set1_host(session, host);
  }
  return session;
}
static inline void co_session_free(void *session) { SSL_free((SSL *)session); }

static inline int co_outcome(void *session, int n) {
  if (n > 0) return n;
  switch (SSL_get_error((SSL *)session, n)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return CO_WAIT;
    case SSL_ERROR_ZERO_RETURN: return CO_END;
    default: return CO_BROKEN;
  }
}
// 1 where hands are shaken.
static inline int co_handshake(void *session) {
  ERR_clear_error();
  return co_outcome(session, SSL_do_handshake((SSL *)session));
}
static inline int co_read(void *session, void *buffer, int capacity) {
  ERR_clear_error();
  return co_outcome(session, SSL_read((SSL *)session, buffer, capacity));
}
static inline int co_write(void *session, const void *bytes, int count) {
  ERR_clear_error();
  return co_outcome(session, SSL_write((SSL *)session, bytes, count));
}
// Why the last handshake failed: 0 where the certificate is not the reason.
static inline long co_certificate_problem(void *session) { return SSL_get_verify_result((SSL *)session); }
static inline const char *co_certificate_words(long problem) { return X509_verify_cert_error_string(problem); }

#endif
