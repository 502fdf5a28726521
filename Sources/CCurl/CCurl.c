#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

// The functions of libcurl that are used here. The macros of curl.h that check types are in the way of their names.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#define FUNCTIONS(F)                                                                                                   \
  F(curl_global_init)                                                                                                  \
  F(curl_easy_init)                                                                                                    \
  F(curl_easy_cleanup)                                                                                                 \
  F(curl_easy_perform)                                                                                                 \
  F(curl_easy_strerror)                                                                                                \
  F(curl_easy_setopt)                                                                                                  \
  F(curl_easy_getinfo)                                                                                                 \
  F(curl_free)                                                                                                         \
  F(curl_url)                                                                                                          \
  F(curl_url_cleanup)                                                                                                  \
  F(curl_url_set)                                                                                                      \
  F(curl_url_get)                                                                                                      \
  F(curl_slist_append)                                                                                                 \
  F(curl_slist_free_all)

#define SLOT(name) static __typeof__(&name) loaded_##name;
FUNCTIONS(SLOT)

static bool is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  // The second is what distributions without OpenSSL's build have.
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", NULL};
  void *library = NULL;
  for (size_t i = 0; names[i] && !library; ++i) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name)                                                                                                     \
  loaded_##name = (__typeof__(loaded_##name))dlsym(library, #name);                                                    \
  if (!loaded_##name) return;
  FUNCTIONS(FIND)
  is_loaded = loaded_curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

bool headroom_curl_load(void) {
  pthread_once(&once, load);
  return is_loaded;
}

CURL *headroom_curl_easy_init(void) { return loaded_curl_easy_init(); }
void headroom_curl_easy_cleanup(CURL *handle) { loaded_curl_easy_cleanup(handle); }
CURLcode headroom_curl_easy_perform(CURL *handle) { return loaded_curl_easy_perform(handle); }
const char *headroom_curl_easy_strerror(CURLcode code) { return loaded_curl_easy_strerror(code); }
void headroom_curl_free(void *memory) { loaded_curl_free(memory); }
CURLU *headroom_curl_url(void) { return loaded_curl_url(); }
void headroom_curl_url_cleanup(CURLU *url) { loaded_curl_url_cleanup(url); }
CURLUcode headroom_curl_url_set(CURLU *url, CURLUPart part, const char *content, unsigned int flags) {
  return loaded_curl_url_set(url, part, content, flags);
}
CURLUcode headroom_curl_url_get(const CURLU *url, CURLUPart part, char **content, unsigned int flags) {
  // Before libcurl 8 the first parameter was not const.
  return loaded_curl_url_get((CURLU *)url, part, content, flags);
}

CURLcode headroom_curl_set_long(CURL *handle, CURLoption option, long value) {
  return loaded_curl_easy_setopt(handle, option, value);
}
CURLcode headroom_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return loaded_curl_easy_setopt(handle, option, value);
}
CURLcode headroom_curl_set_writer(CURL *handle, curl_write_callback writer, void *context) {
  CURLcode code = loaded_curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, writer);
  return code != CURLE_OK ? code : loaded_curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}
CURLcode headroom_curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return loaded_curl_easy_getinfo(handle, info, value);
}
CURLcode headroom_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
  return loaded_curl_easy_getinfo(handle, info, value);
}
CURLcode headroom_curl_get_string(CURL *handle, CURLINFO info, const char **value) {
  return loaded_curl_easy_getinfo(handle, info, value);
}

// The option's name changed in libcurl 7.85.
CURLcode headroom_curl_only_http(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
  CURLcode code = loaded_curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  return code != CURLE_OK ? code : loaded_curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
  long both = CURLPROTO_HTTP | CURLPROTO_HTTPS;
  CURLcode code = loaded_curl_easy_setopt(handle, CURLOPT_PROTOCOLS, both);
  return code != CURLE_OK ? code : loaded_curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS, both);
#endif
}
CURLcode headroom_curl_use_bearer(CURL *handle, const char *token) {
  CURLcode code = loaded_curl_easy_setopt(handle, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
  return code != CURLE_OK ? code : loaded_curl_easy_setopt(handle, CURLOPT_XOAUTH2_BEARER, token);
}
CURLcode headroom_curl_use_basic(CURL *handle, const char *name, const char *password) {
  CURLcode code = loaded_curl_easy_setopt(handle, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
  if (code == CURLE_OK) code = loaded_curl_easy_setopt(handle, CURLOPT_USERNAME, name);
  return code != CURLE_OK ? code : loaded_curl_easy_setopt(handle, CURLOPT_PASSWORD, password);
}
CURLcode headroom_curl_keep_post(CURL *handle) {
  return loaded_curl_easy_setopt(handle, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
}

struct curl_slist *headroom_curl_send_json(CURL *handle, const char *bytes, size_t count) {
  struct curl_slist *headers = loaded_curl_slist_append(NULL, "Content-Type: application/json");
  if (!headers) return NULL;
  loaded_curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  loaded_curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long)count);
  loaded_curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, bytes);
  return headers;
}
void headroom_curl_free_headers(struct curl_slist *headers) { loaded_curl_slist_free_all(headers); }
