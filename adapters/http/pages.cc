#include "adapters/http/pages.h"

#include "adapters/http/call.h"
#include "adapters/http/metrics.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace rialto::http {

namespace {

Response plain(unsigned status, std::string text) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

void healthz(const CallRef& call) {
  call->answer(plain(200, "ok\n"));
}

void readyz(const CallRef& call) {
  const auto& why_not_ready = call->settings().why_not_ready;
  const std::string reason = why_not_ready ? why_not_ready() : std::string();
  if (reason.empty()) return call->answer(plain(200, "ready\n"));
  Response response = plain(503, reason + "\n");
  response.headers.emplace_back("Retry-After", "1");
  call->answer(std::move(response));
}

void metrics(const CallRef& call) {
  call->ask(ReadStats(), [call](const StatsSnapshot& stats) {
    const HttpSettings& settings = call->settings();
    Response response;
    response.content_type = metrics_content_type;
    response.body =
        metrics_text(stats, {settings.version, settings.revision}, ProcessFigures::now());
    call->answer(std::move(response));
  });
}

constexpr const char* style_sheet =
    R"(body { max-width: 46rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.5 sans-serif; }
h1 { margin-bottom: 0; }
pre { padding: .6rem .8rem; overflow-x: auto; border: 1px solid; border-radius: .3rem; }
a { margin-right: 1rem; }
@media (prefers-color-scheme: dark) {
  body { background: #16181d; color: #e6e6e6; }
  a { color: #8ab4f8; }
}
)";

constexpr const char* page = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Rialto</title>
<link rel="stylesheet" href="/style.css">
<h1>Rialto {version}</h1>
<p>One durable log, seen through three doors. Make a queue, send a message through any door and
read it through the others:</p>
<pre>curl -X PUT {http}/v1/queues/hello</pre>
<h2>AMQP 0-9-1 at {amqp}</h2>
<pre>amqp-publish --url amqp://guest:guest@{amqp} -r hello -b "from AMQP"</pre>
<h2>Kafka at {kafka}</h2>
<pre>kcat -b {kafka} -t hello -C -e</pre>
<h2>HTTP at {http}</h2>
<pre>curl -d "from HTTP" {http}/v1/queues/hello/messages</pre>
<p><a href="/v1/queues">Queues</a> <a href="/v1/topics">Topics</a> <a href="/metrics">Metrics</a>
</p>
</html>
)";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out.push_back(c);
    }
  }
  return out;
}

// Nothing but our own style sheet may be loaded, nothing may run, nobody may frame the page.
void guard(Response& response) {
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'self'; base-uri 'none'; "
                                "form-action 'none'; frame-ancestors 'none'");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
}

void home(const CallRef& call) {
  const HttpSettings& settings = call->settings();
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = fmt::format(fmt::runtime(page), fmt::arg("version", escaped(settings.version)),
                              fmt::arg("amqp", escaped(settings.amqp_address)),
                              fmt::arg("kafka", escaped(settings.kafka_address)),
                              fmt::arg("http", escaped(settings.http_address)));
  guard(response);
  call->answer(std::move(response));
}

void style(const CallRef& call) {
  Response response;
  response.content_type = "text/css; charset=utf-8";
  response.body = style_sheet;
  guard(response);
  call->answer(std::move(response));
}

}  // namespace

void add_health(RouteList& routes) {
  add(routes, {Method::get, "/healthz", healthz, Needs::nothing}, "Says that the process is alive");
  add(routes, {Method::get, "/readyz", readyz, Needs::nothing}, "Says whether requests are served",
      {200, 503});
}

void add_metrics(RouteList& routes) {
  add(routes, {Method::get, "/metrics", metrics}, "Prometheus text");
}

void add_home(RouteList& routes) {
  add(routes, {Method::get, "/", home, Needs::nothing}, "The first page");
  add(routes, {Method::get, "/style.css", style, Needs::nothing}, "Its style sheet");
}

}  // namespace rialto::http
