import Documents
import Planning
import Quantities
import Serving
import Simulating

extension TokenReport {
  /// `"schema": "headroom/tokens/1"`. Times in milliseconds but for arrivals; the totals' names are those of
  /// `headroom size --batch`.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/tokens/1")
      json.entry("headline", headline)
      json.entry("source", simulation.source)
      json.entry("model", simulation.summary)
      json.entry("replicas", simulation.world.replicas)
      if let prefill = simulation.world.prefill { json.entry("prefill_replicas", prefill.count) }
      json.entry("routing", simulation.world.routing.rawValue)
      json.object("totals") { json in writeTotals(&json) }
      json.objects("bounds", simulation.attainments) { json, attainment in
        json.entry("bound", attainment.bound.description)
        json.entry("share", attainment.share)
        json.entry("met", attainment.isMet)
      }
      json.objects("per_replica", record.replicas) { json, replica in
        json.entry("role", replica.role.rawValue)
        json.entry("requests", replica.requests)
        json.entry("output_tokens", replica.outputTokens)
        json.entry("busy_seconds", replica.busy)
        json.entry("steps", replica.steps)
        json.entry("preemptions", replica.preemptions)
        json.entry("sequences_mean", replica.running)
        json.entry("kv_use_mean", replica.cacheUse)
        json.entry("kv_use_max", replica.mostCacheUse)
      }
      json.objects("offers", simulation.offers) { json, offer in
        json.entry("machine", offer.machine.name)
        json.entry("machines", offer.machines)
        json.entry("hourly", offer.hourly)
        json.entry("per_million_tokens", offer.perMillion.dollars)
      }
      json.objects("requests", record.requests) { json, request in
        json.entry("arrival_s", request.arrival)
        json.entry("input_tokens", request.input)
        json.entry("output_tokens", request.output)
        json.entry("ttft_ms", milliseconds(request.firstToken))
        json.entry("tpot_ms", milliseconds(request.perToken ?? .nan))
        json.entry("e2e_ms", milliseconds(request.response))
        json.entry("cached_tokens", Int(request.cached))
        json.entry("replica", request.replica < 0 ? nil : Int(request.replica))
        if request.session >= 0 {
          json.entry("session", Int(request.session))
          json.entry("turn", Int(request.turn))
        }
      }
    }
    return json.text + "\n"
  }

  /// Rounded to a nanosecond; nil where it is none.
  private func milliseconds(_ seconds: Double) -> Double? {
    seconds.isFinite ? (seconds * 1e9).rounded() / 1e6 : nil
  }

  func writeTotals(_ json: inout JSONWriter) {
    let cards =
      simulation.world.replica.deployment.cards * simulation.world.replicas
      + (simulation.world.prefill.map { $0.replica.deployment.cards * $0.count } ?? 0)
    let tokens = record.inputTokens + record.outputTokens
    json.entry("requests", record.requests.count)
    json.entry("answered", record.answered)
    json.entry("refused", record.refused)
    json.entry("lost", record.lost)
    json.entry("unfinished", record.unfinished)
    json.entry("makespan", record.seconds)
    json.entry("input_tokens", record.inputTokens)
    json.entry("output_tokens", record.outputTokens)
    json.entry("cached_tokens", record.cachedTokens)
    for (tier, fetched) in zip(simulation.world.tiers, record.fetched) {
      json.entry("fetched_tokens_\(tier.name.lowercased())", fetched)
    }
    json.entry("output_throughput", record.outputRate)
    json.entry("throughput", tokens / max(1e-9, record.seconds))
    json.entry("throughput_per_gpu", tokens / max(1e-9, record.seconds) / Double(max(1, cards)))
    for (metric, word) in [
      (ServiceMetric.firstToken, "ttft"), (.perToken, "tpot"), (.betweenTokens, "itl"), (.response, "e2e"),
    ] {
      let latency = record.answered > 0 ? simulation.latency(metric) : nil
      for (name, value) in [
        ("mean", latency?.mean), ("p50", latency?.p50), ("p90", latency?.p90), ("p95", latency?.p95),
        ("p99", latency?.p99), ("p999", latency?.p999),
      ] { json.entry("\(word)_\(name)", value.flatMap { milliseconds($0) }) }
    }
    json.entry("utilization", record.utilization)
    json.entry("kv_use_max", mostCacheUse)
    json.entry("preemptions", record.preemptions)
    if !simulation.objective.latency.isEmpty { json.entry("goodput", simulation.goodput) }
    json.entry("cost_per_million_tokens", simulation.offers.first?.perMillion.dollars)
  }
}
