#pragma once
#include <curl/curl.h>
#include <stdbool.h>

// libcurl brings thirty more libraries, which cost every start of the program more than all else together. So it is
// not linked but loaded when the first request wants it. `headroom_curl_load` comes before every other call here; the
// others must not be called where it gave false.
bool headroom_curl_load(void);

CURL *headroom_curl_easy_init(void);
void headroom_curl_easy_cleanup(CURL *handle);
CURLcode headroom_curl_easy_perform(CURL *handle);
const char *headroom_curl_easy_strerror(CURLcode code);
void headroom_curl_free(void *memory);
CURLU *headroom_curl_url(void);
void headroom_curl_url_cleanup(CURLU *url);
CURLUcode headroom_curl_url_set(CURLU *url, CURLUPart part, const char *content, unsigned int flags);
CURLUcode headroom_curl_url_get(const CURLU *url, CURLUPart part, char **content, unsigned int flags);

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: one typed wrapper each.
CURLcode headroom_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode headroom_curl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode headroom_curl_set_writer(CURL *handle, curl_write_callback writer, void *context);
CURLcode headroom_curl_get_long(CURL *handle, CURLINFO info, long *value);
CURLcode headroom_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value);
CURLcode headroom_curl_get_string(CURL *handle, CURLINFO info, const char **value);

// Only HTTP and HTTPS, also after a redirect: a redirect to file:// must not read files.
CURLcode headroom_curl_only_http(CURL *handle);
// The masks are macros over unsigned longs, which Swift does not import.
CURLcode headroom_curl_use_bearer(CURL *handle, const char *token);
CURLcode headroom_curl_use_basic(CURL *handle, const char *name, const char *password);
CURLcode headroom_curl_keep_post(CURL *handle);
// Sends a JSON document by POST; what it gives must be freed once the request is done. NULL where there is no memory.
struct curl_slist *headroom_curl_send_json(CURL *handle, const char *bytes, size_t count);
void headroom_curl_free_headers(struct curl_slist *headers);
