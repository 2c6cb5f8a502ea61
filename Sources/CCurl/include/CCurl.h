// libcurl's variadic functions with a type for each argument, which Swift can call.
#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>

// Once in a process, before the first handle.
CURLcode ccurl_start(void);

CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode ccurl_set_number(CURL *handle, CURLoption option, long value);
CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value);
CURLcode ccurl_set_headers(CURL *handle, struct curl_slist *headers);
CURLcode ccurl_set_error_buffer(CURL *handle, char *buffer);
CURLcode ccurl_set_write(CURL *handle, curl_write_callback function, void *context);
CURLcode ccurl_set_progress(CURL *handle, curl_xferinfo_callback function, void *context);
CURLcode ccurl_set_host_key(CURL *handle, curl_sshkeycallback function, void *context);

CURLcode ccurl_get_number(CURL *handle, CURLINFO info, long *value);
CURLcode ccurl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value);
CURLcode ccurl_get_string(CURL *handle, CURLINFO info, char **value);

#endif
