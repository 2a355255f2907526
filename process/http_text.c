#include "process/http_text.h"

#include <string.h>
#include <strings.h>

static bool is_alphanumeric(char character)
{
    char lower = (char)(character | 0x20);
    return (lower >= 'a' && lower <= 'z') || (character >= '0' && character <= '9');
}

/* Whether all of `bytes` are letters, digits or one of `others`. */
static bool consists_of(struct bytes bytes, const char *others)
{
    const char *text = bytes.data;
    for (size_t i = 0; i < bytes.size; i++)
        if (!is_alphanumeric(text[i]) && (text[i] == 0 || !strchr(others, text[i])))
            return false;
    return true;
}

bool http_is_token(struct bytes bytes)
{
    return bytes.size > 0 && consists_of(bytes, "!#$%&'*+-.^_`|~");
}

bool http_is_one_line(struct bytes bytes)
{
    const char *text = bytes.data;
    for (size_t i = 0; i < bytes.size; i++)
        if (text[i] == '\r' || text[i] == '\n' || text[i] == 0)
            return false;
    return true;
}

bool http_is_authority(struct bytes bytes)
{
    return consists_of(bytes, "-._~!$&'()*+,;=%:[]");
}

bool http_is_number(struct bytes bytes)
{
    const char *text = bytes.data;
    for (size_t i = 0; i < bytes.size; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return bytes.size > 0;
}

bool http_same_name(struct bytes a, struct bytes b)
{
    return a.size == b.size && strncasecmp(a.data, b.data, a.size) == 0;
}

struct bytes http_trim(struct bytes bytes)
{
    const char *begin = bytes.data, *end = begin + bytes.size;
    while (begin < end && (*begin == ' ' || *begin == '\t'))
        begin++;
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct bytes){.data = begin, .size = (size_t)(end - begin)};
}

struct bytes http_reason(unsigned status)
{
    switch (status) {
    case 200: return BYTES_LITERAL("OK");
    case 201: return BYTES_LITERAL("Created");
    case 202: return BYTES_LITERAL("Accepted");
    case 203: return BYTES_LITERAL("Non-Authoritative Information");
    case 204: return BYTES_LITERAL("No Content");
    case 205: return BYTES_LITERAL("Reset Content");
    case 206: return BYTES_LITERAL("Partial Content");
    case 207: return BYTES_LITERAL("Multi-Status");
    case 208: return BYTES_LITERAL("Already Reported");
    case 226: return BYTES_LITERAL("IM Used");
    case 300: return BYTES_LITERAL("Multiple Choices");
    case 301: return BYTES_LITERAL("Moved Permanently");
    case 302: return BYTES_LITERAL("Found");
    case 303: return BYTES_LITERAL("See Other");
    case 304: return BYTES_LITERAL("Not Modified");
    case 305: return BYTES_LITERAL("Use Proxy");
    case 307: return BYTES_LITERAL("Temporary Redirect");
    case 308: return BYTES_LITERAL("Permanent Redirect");
    case 400: return BYTES_LITERAL("Bad Request");
    case 401: return BYTES_LITERAL("Unauthorized");
    case 402: return BYTES_LITERAL("Payment Required");
    case 403: return BYTES_LITERAL("Forbidden");
    case 404: return BYTES_LITERAL("Not Found");
    case 405: return BYTES_LITERAL("Method Not Allowed");
    case 406: return BYTES_LITERAL("Not Acceptable");
    case 407: return BYTES_LITERAL("Proxy Authentication Required");
    case 408: return BYTES_LITERAL("Request Timeout");
    case 409: return BYTES_LITERAL("Conflict");
    case 410: return BYTES_LITERAL("Gone");
    case 411: return BYTES_LITERAL("Length Required");
    case 412: return BYTES_LITERAL("Precondition Failed");
    case 413: return BYTES_LITERAL("Payload Too Large");
    case 414: return BYTES_LITERAL("URI Too Long");
    case 415: return BYTES_LITERAL("Unsupported Media Type");
    case 416: return BYTES_LITERAL("Range Not Satisfiable");
    case 417: return BYTES_LITERAL("Expectation Failed");
    case 418: return BYTES_LITERAL("I'm a Teapot");
    case 421: return BYTES_LITERAL("Misdirected Request");
    case 422: return BYTES_LITERAL("Unprocessable Entity");
    case 423: return BYTES_LITERAL("Locked");
    case 424: return BYTES_LITERAL("Failed Dependency");
    case 425: return BYTES_LITERAL("Too Early");
    case 426: return BYTES_LITERAL("Upgrade Required");
    case 428: return BYTES_LITERAL("Precondition Required");
    case 429: return BYTES_LITERAL("Too Many Requests");
    case 431: return BYTES_LITERAL("Request Header Fields Too Large");
    case 451: return BYTES_LITERAL("Unavailable For Legal Reasons");
    case 500: return BYTES_LITERAL("Internal Server Error");
    case 501: return BYTES_LITERAL("Not Implemented");
    case 502: return BYTES_LITERAL("Bad Gateway");
    case 503: return BYTES_LITERAL("Service Unavailable");
    case 504: return BYTES_LITERAL("Gateway Timeout");
    case 505: return BYTES_LITERAL("HTTP Version Not Supported");
    case 506: return BYTES_LITERAL("Variant Also Negotiates");
    case 507: return BYTES_LITERAL("Insufficient Storage");
    case 508: return BYTES_LITERAL("Loop Detected");
    case 510: return BYTES_LITERAL("Not Extended");
    case 511: return BYTES_LITERAL("Network Authentication Required");
    }
    return BYTES_LITERAL("Unknown");
}
