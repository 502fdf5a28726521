/// A Prometheus server as a source of demand; asked by ``PrometheusSource``.
public enum PrometheusQuerySource {
  public static let descriptor = SourceDescriptor(
    name: "prometheus",
    summary: "A Prometheus server (or one that speaks its API): one range query, in parts that it will answer.",
    parameters: [
      .init("prometheus", "the server's address"),
      .init("query", "PromQL that yields one series"),
      .init("range", default: "90d", "how far back to ask"),
      .init("step", default: "1h", "resolution of the answer"),
      .init("bearer token file", default: "none", "a file with the bearer token"),
      .init("bearer token variable", default: "none", "an environment variable with it"),
      .init("username", default: "none", "user of basic auth"),
      .init("password file", default: "none", "a file with its password"),
      .init("password variable", default: "none", "an environment variable with it"),
    ],
    example: """
      traffic:
        source:
          prometheus: http://prometheus:9090
          query: sum(rate(http_requests_total{job="shop"}[5m]))
          range: 90d
      """)
}
