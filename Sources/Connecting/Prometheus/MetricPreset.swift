import Documents

/// The metrics of a server whose names are known, so that nobody need write PromQL: what is its demand, and what else it
/// tells.
public struct MetricPreset: Sendable {
  /// One metric that is worth knowing.
  public struct Signal: Sendable {
    public var metric: String
    /// What it says, as a clause.
    public var meaning: String
    init(_ metric: String, _ meaning: String) {
      self.metric = metric
      self.meaning = meaning
    }
  }

  /// `"vllm"`.
  public let name: String
  /// `"vLLM"`.
  public let title: String
  /// Where the names are documented.
  public let source: String
  /// Counters of requests, the newest name first: those that are not there are passed over.
  let requests: [[String]]
  public let signals: [Signal]

  /// PromQL of the demand, requests a second.
  ///
  /// - Parameters:
  ///   - selector: label matchers that choose a part, as `model_name="llama"`; may be empty.
  ///   - window: over which the rate is taken, in seconds.
  public func demand(where selector: String, window: Int) -> String {
    let sums = requests.map { counters in
      counters.map { "sum(rate(\($0){\(selector)}[\(window)s]))" }.joined(separator: " + ")
    }
    return sums.count == 1 ? sums[0] : sums.map { "(\($0))" }.joined(separator: " or ")
  }

  /// The servers whose metrics are known, in the order in which the reference shows them.
  public static let all: [MetricPreset] = [
    MetricPreset(
      name: "vllm", title: "vLLM", source: "docs.vllm.ai/en/stable/usage/metrics.html",
      requests: [["vllm:request_success_total"]],
      signals: [
        Signal("vllm:num_requests_running", "requests in the batch"),
        Signal("vllm:num_requests_waiting", "requests that wait for a place"),
        Signal("vllm:kv_cache_usage_perc", "share of the KV cache in use"),
        Signal("vllm:time_to_first_token_seconds", "time to first token"),
        Signal("vllm:inter_token_latency_seconds", "time between tokens"),
        Signal("vllm:e2e_request_latency_seconds", "time of a whole request"),
        Signal("vllm:request_queue_time_seconds", "time in the line"),
        Signal("vllm:prompt_tokens_total", "prompt tokens"),
        Signal("vllm:generation_tokens_total", "generated tokens"),
        Signal("vllm:prefix_cache_hits_total", "tokens found in the prefix cache"),
        Signal("vllm:num_preemptions_total", "requests that lost their place"),
      ]),
    MetricPreset(
      name: "sglang", title: "SGLang", source: "docs.sglang.ai/references/production_metrics.html",
      requests: [["sglang:num_requests_total"]],
      signals: [
        Signal("sglang:num_running_reqs", "requests in the batch"),
        Signal("sglang:num_queue_reqs", "requests that wait for a place"),
        Signal("sglang:token_usage", "share of the KV cache in use"),
        Signal("sglang:time_to_first_token_seconds", "time to first token"),
        Signal("sglang:inter_token_latency_seconds", "time between tokens"),
        Signal("sglang:e2e_request_latency_seconds", "time of a whole request"),
        Signal("sglang:prompt_tokens_total", "prompt tokens"),
        Signal("sglang:generation_tokens_total", "generated tokens"),
        Signal("sglang:cache_hit_rate", "share of the prompt found in the prefix cache"),
      ]),
    MetricPreset(
      name: "triton", title: "Triton", source: "docs.nvidia.com/deeplearning/triton-inference-server, Metrics",
      requests: [["nv_inference_request_success", "nv_inference_request_failure"]],
      signals: [
        Signal("nv_inference_pending_request_count", "requests that wait"),
        Signal("nv_inference_count", "inferences, batches counted as what is in them"),
        Signal("nv_inference_exec_count", "executions of batches"),
        Signal("nv_inference_queue_duration_us", "time in the line, summed"),
        Signal("nv_inference_request_duration_us", "time of requests, summed"),
        Signal("nv_inference_compute_infer_duration_us", "time in the model, summed"),
        Signal("nv_gpu_utilization", "share of time with a kernel on the GPU"),
      ]),
    MetricPreset(
      name: "endpoint-picker", title: "endpoint picker", source: "llm-d.ai/docs/resources/monitoring/metrics",
      // llm-d 0.9 renamed them; both are written for a while, and the first that is there counts.
      requests: [["llm_d_epp_request_total"], ["inference_objective_request_total"]],
      signals: [
        Signal("llm_d_epp_inflight_requests", "requests in flight"),
        Signal("llm_d_epp_flow_control_queue_size", "requests that wait for a place at the gateway"),
        Signal("llm_d_epp_average_queue_size", "requests that wait in a model server, on average"),
        Signal("llm_d_epp_average_kv_cache_utilization", "share of the KV cache in use, on average"),
        Signal("llm_d_epp_ready_endpoints", "model servers that are ready"),
        Signal("inference_objective_running_requests", "requests in flight (before 0.9)"),
        Signal("inference_extension_flow_control_queue_size", "requests that wait at the gateway (before 0.9)"),
        Signal("inference_pool_average_queue_size", "requests that wait in a model server (before 0.9)"),
        Signal("inference_pool_average_kv_cache_utilization", "share of the KV cache in use (before 0.9)"),
        Signal("inference_pool_ready_pods", "model servers that are ready (before 0.9)"),
      ]),
    MetricPreset(
      name: "otel-gen-ai", title: "OpenTelemetry gen_ai",
      source: "opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics",
      // The server's own count, else that of its clients.
      requests: [["gen_ai_server_request_duration_seconds_count"], ["gen_ai_client_operation_duration_seconds_count"]],
      signals: [
        Signal("gen_ai_server_request_duration_seconds", "time of a whole request, at the server"),
        Signal("gen_ai_server_time_to_first_token_seconds", "time to first token"),
        Signal("gen_ai_server_time_per_output_token_seconds", "time per output token"),
        Signal("gen_ai_client_operation_duration_seconds", "time of a whole request, at the client"),
        Signal("gen_ai_client_token_usage", "tokens of requests and answers"),
      ]),
  ]

  public static func named(_ name: String) -> MetricPreset? { all.first { $0.name == name } }

  /// Every name that tells this server, as an exposition has it.
  var marks: Set<String> { Set(requests.joined() + signals.map(\.metric)) }
}

/// A `/metrics` page, as servers write it: which server it is of, and what it tells.
public enum MetricsPage {
  /// The metrics by name that the page has, in its order; nil where it is no such page.
  static func names(_ bytes: [UInt8]) -> [String]? {
    let types: Set<Substring> = [
      "counter", "gauge", "histogram", "summary", "untyped", "unknown", "info", "stateset", "gaugehistogram",
    ]
    var names: [String] = []
    var seen: Set<String> = []
    var isPage = false
    for line in bytes.split(separator: 10, omittingEmptySubsequences: true) {
      let text = String(decoding: line.prefix(300), as: UTF8.self)
      let words = text.split(separator: " ", maxSplits: 3)
      if words.count == 4, words[0] == "#", words[1] == "TYPE", types.contains(words[3].prefix { $0 != "\r" }) {
        isPage = true
        if seen.insert(String(words[2])).inserted { names.append(String(words[2])) }
      } else if isPage, !text.hasPrefix("#") {
        let name = String(text.prefix { $0 != "{" && $0 != " " })
        if seen.insert(name).inserted { names.append(name) }
      }
    }
    return isPage ? names : nil
  }

  /// What a page says, an object for each server whose metrics are in it.
  ///
  /// - Returns: nil where it is no page of metrics; empty where it is one of a server that is not known.
  public static func read(_ bytes: [UInt8], file: String) -> [ImportedObject]? {
    guard let names = names(bytes) else { return nil }
    let found = Set(names)
    /// A histogram is there under its own name or as its parts, a counter with or without `_total`.
    func isThere(_ metric: String) -> Bool {
      found.contains(metric) || found.contains(metric + "_count") || found.contains(metric + "_total")
        || metric.hasSuffix("_total") && found.contains(String(metric.dropLast(6)))
        || metric.hasSuffix("_count") && found.contains(String(metric.dropLast(6)))
    }
    return MetricPreset.all.compactMap { preset -> ImportedObject? in
      guard preset.marks.contains(where: isThere) else { return nil }
      var sentences = preset.signals.filter { isThere($0.metric) }.map { "`\($0.metric)`: \($0.meaning)." }
      let counters = preset.requests.first { $0.contains(where: isThere) }
      sentences.insert(
        counters.map { "Demand is `\($0.joined(separator: "` and `"))`: requests that came to an end, a second." }
          ?? "Its counter of requests is missing: scrape the server that has \(preset.requests[0][0]).", at: 0)
      return ImportedObject(
        kind: "\(preset.title) metrics", name: preset.name, namespace: nil, file: file, sentences: sentences,
        plan: counters == nil
          ? "" : "traffic: { source: { prometheus: http://prometheus:9090, preset: \(preset.name) } }")
    }
  }
}
