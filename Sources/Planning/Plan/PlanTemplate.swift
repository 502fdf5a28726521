/// The plan file that `headroom init` writes: every common key with a word on it.
public enum PlanTemplate {
  /// - Parameters:
  ///   - name: the plan's name.
  ///   - withTraffic: whether a traffic.csv lies beside it; else the plan states an average.
  public static func text(name: String, withTraffic: Bool) -> String {
    let traffic =
      withTraffic
      ? """
        traffic:
          # Your own: { csv: FILE, time: COLUMN, value: COLUMN }, or { prometheus: URL, query: PROMQL, range: 90d }
          source: { csv: traffic.csv, time: time, value: requests_per_second }
      """
      : """
        traffic:
          # Better: source: { csv: traffic.csv }, or { prometheus: URL, query: PROMQL, range: 90d }
          average: 30000/s
          peak to average: 2.5
      """
    return """
      # A capacity plan. Answer it:   headroom plan plan.yaml
      # Ask why:                      headroom explain plan.yaml replicas
      # All keys:                     headroom init --schema
      plan: \(name)

      \(traffic.split(separator: "\n", omittingEmptySubsequences: false).map { $0.hasPrefix("  ") ? String($0.dropFirst(2)) : String($0) }.joined(separator: "\n"))
        time zone: UTC
        \(withTraffic ? "# growth: 20%/year          # measured in the history where it is left out" : "growth: 20%/year")
        events:
          # A name from the catalog brings its date, typical lift and lead time; write your own where you know better.
          - { name: Black Friday, days: 4, lift: { low: 3, mid: 4, high: 5 } }

      service:
        capacity: 2000/s per replica   # within the objective, from a load test
        objective: { p99: 200ms, availability: 99.9% }
        startup: { node: 90s, image: 20s, model load: 45s }
        running: 40                    # replicas that run today

      # A share, a scenario (stable product, growing product, critical, new launch, holiday), or what it must cover:
      headroom:
        cover: { forecast error: 90%, failures: 1 of 3 zones, scaling lag: true }

      scaling:
        target: { utilization: 70% }

      machines:
        - { type: g5.xlarge, replicas: 1 }

      horizon: 90d

      """
  }
}
