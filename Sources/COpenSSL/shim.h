// OpenSSL 3 (or 1.1.1) for a client that does not block: what its macros and callbacks hide from Swift.
#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <signal.h>

// What reading, writing or shaking hands came to, where it is no number of bytes.
enum { CO_WAIT = -1, CO_BROKEN = -2, CO_END = -3 };

// Settings that sessions share, or NULL. `authorities` is a file of certificates, or NULL for the system's own; `http2`
// says whether HTTP/2 is asked for instead of HTTP/1.1.
static inline void *co_context(int verifies, const char *authorities, int http2) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (context == NULL) return NULL;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
  static const unsigned char http1[] = "\x08http/1.1";
  static const unsigned char http2_only[] = "\x02h2";
  if (http2) {
    SSL_CTX_set_alpn_protos(context, http2_only, 3);
  } else {
    SSL_CTX_set_alpn_protos(context, http1, 9);
  }
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
// The client's own certificate, with its chain, and key, both PEM. 0 where they serve, 1 where the certificate cannot be
// read, 2 where the key cannot, 3 where they do not belong together.
static inline int co_own_certificate(void *context, const char *certificate, const char *key) {
  SSL_CTX *c = (SSL_CTX *)context;
  int problem = 0;
  if (SSL_CTX_use_certificate_chain_file(c, certificate) != 1) problem = 1;
  else if (SSL_CTX_use_PrivateKey_file(c, key, SSL_FILETYPE_PEM) != 1) {
    problem = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ? 3 : 2;
  } else if (SSL_CTX_check_private_key(c) != 1) problem = 3;
  ERR_clear_error();
  return problem;
}
static inline void co_context_free(void *context) { SSL_CTX_free((SSL_CTX *)context); }

// A session over a connected socket with whoever proves to be `host`, or NULL.
// `earlier` is what co_resumable gave, or NULL.
static inline void *co_session(void *context, int handle, const char *host, int isAddress, void *earlier) {
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
  if (earlier != NULL) SSL_set_session(session, (SSL_SESSION *)earlier);
  return session;
}
// Sends the farewell (close_notify) unless hands were not shaken or something broke, after which OpenSSL forbids it.
static inline void co_session_free(void *session) {
  if (SSL_is_init_finished((SSL *)session) && SSL_get_ex_data((SSL *)session, 0) == NULL) {
    ERR_clear_error();
    SSL_shutdown((SSL *)session);
    ERR_clear_error();
  }
  SSL_free((SSL *)session);
}
// What the other side gave for resuming this session, or NULL.
static inline void *co_resumable(void *session) {
  SSL_SESSION *kept = SSL_get1_session((SSL *)session);
  if (kept == NULL) return NULL;
  if (SSL_SESSION_is_resumable(kept)) {
    // Freeing a connection that broke marks its session as not to be resumed: a copy is out of its reach.
    SSL_SESSION *copy = SSL_SESSION_dup(kept);
    SSL_SESSION_free(kept);
    return copy;
  }
  SSL_SESSION_free(kept);
  return NULL;
}
static inline void co_resumable_free(void *kept) { SSL_SESSION_free((SSL_SESSION *)kept); }
static inline int co_is_resumed(void *session) { return SSL_session_reused((SSL *)session); }
static inline int co_speaks_http2(void *session) {
  const unsigned char *name = NULL;
  unsigned int length = 0;
  SSL_get0_alpn_selected((SSL *)session, &name, &length);
  return length == 2 && name[0] == 'h' && name[1] == '2';
}
static inline int co_has_proper_end(void *session) {
  return (SSL_get_shutdown((SSL *)session) & SSL_RECEIVED_SHUTDOWN) != 0;
}

static inline int co_outcome(void *session, int n) {
  if (n > 0) return n;
  switch (SSL_get_error((SSL *)session, n)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return CO_WAIT;
    case SSL_ERROR_ZERO_RETURN: return CO_END;
    default: break;
  }
  // Marks the session as broken, for co_session_free, and where the other side refuses the protocol (RFC 7301, 3.2) with
  // a mark of its own.
  static int broken = 0, refused = 1;
  int isRefused = 0;
#ifdef SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL
  isRefused = ERR_GET_REASON(ERR_peek_error()) == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL;
#endif
  SSL_set_ex_data((SSL *)session, 0, isRefused ? &refused : &broken);
#ifdef SSL_R_UNEXPECTED_EOF_WHILE_READING
  // Many services end a connection without saying so in TLS. Whether a response was whole then, HTTP tells;
  // co_has_proper_end says which it was.
  if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return CO_END;
#endif
  return CO_BROKEN;
}
static inline int co_is_protocol_refused(void *session) {
  const int *mark = (const int *)SSL_get_ex_data((SSL *)session, 0);
  return mark != NULL && *mark;
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
