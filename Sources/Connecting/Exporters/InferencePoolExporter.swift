import Planning
import Quantities
import Scaling

/// A pool of model servers behind an endpoint picker, and the ScaledObject that moves it by what the picker knows: requests
/// in flight and requests that wait for a place, where a GPU's utilization says nothing.
///
/// The objects: InferencePool of `inference.networking.k8s.io/v1` (Gateway API Inference Extension) and KEDA's ScaledObject.
/// The metrics: llm-d's endpoint picker from 0.9 on (`llm_d_epp_...`), before that `inference_extension_...` and
/// `inference_objective_...`.
public enum InferencePoolExporter {
  public static let descriptor = ExporterDescriptor(
    name: "inference-pool",
    summary:
      "An InferencePool and a KEDA ScaledObject on the endpoint picker's metrics, with the plan's bounds and rates.",
    parameters: ExportRequest.common + ExportRequest.targets + [
      .init("server", default: "the plan's source, or http://prometheus.monitoring:9090", "the Prometheus server"),
      .init("port", default: "8000", "the model servers' port"),
      .init("picker", default: "the object's name and -epp", "the endpoint picker's Service"),
      .init("picker-port", default: "9002", "its port"),
      .init("app", default: "what is scaled", "the label app of the model servers' pods"),
      .init(
        "in-flight", default: "what the plan's replica serves at once",
        "requests in flight for which one replica is held"),
      .init("waiting", default: "a tenth of those", "requests that wait for a place, for one replica more"),
      .init("metrics", default: "llm-d", "the picker's names: llm-d, or gateway for those before 0.9"),
    ],
    example: "headroom export inference-pool plan.yaml --set target=llama --set in-flight=64 > inferencepool.yaml"
  ) { (request) throws(ExportFault) in
    let outcome = request.outcome
    let name = try request.name()
    let namespace = try request.namespace()
    let target = try request.target()
    var notes: [String] = []
    let inFlight =
      try request.settings["in-flight"].map { (text) throws(ExportFault) in try number(text, "in-flight") }
      ?? concurrency(outcome, &notes)
    let waiting =
      try request.settings["waiting"].map { (text) throws(ExportFault) in try number(text, "waiting") }
      ?? max(1, (inFlight / 10).rounded())
    let port = try number(request.settings["port"] ?? "8000", "port")
    let pickerPort = try number(request.settings["picker-port"] ?? "9002", "picker-port")
    guard (1...65535).contains(port), (1...65535).contains(pickerPort) else {
      throw ExportFault("A port lies between 1 and 65535.")
    }
    let app = request.settings["app"] ?? target.name
    let picker = request.settings["picker"] ?? name + "-epp"
    for label in [app, picker] where !KubernetesName.isSubdomain(label) {
      throw ExportFault("'\(label)' is no name of a Kubernetes object.")
    }
    var server = request.settings["server"]
    if case .measured(let source as PrometheusQuerySource) = outcome.plan.demand.source {
      server = server ?? source.url
    }
    let names = try names(request.settings["metrics"] ?? "llm-d", pool: name)
    var spec = KedaExporter.bounds(request, target)
    spec.triggers = [
      KedaSpec.Trigger(
        type: "prometheus", name: "in-flight", query: names.inFlight,
        kind: .metric(threshold: KubernetesQuantity(milli: HPAExporter.milli(inFlight)), activation: 0)),
      KedaSpec.Trigger(
        type: "prometheus", name: "waiting", query: names.waiting,
        kind: .metric(threshold: KubernetesQuantity(milli: HPAExporter.milli(waiting)), activation: 0)),
    ]
    notes.append(
      "The picker counts requests that wait only with its flow control switched on; without it the second trigger stays at nothing and harms nothing."
    )
    let keda = KedaManifest(name: name, namespace: namespace, spec: spec).yaml(
      serverAddress: server ?? KedaExporter.server)
    return Export(
      """
      apiVersion: inference.networking.k8s.io/v1
      kind: InferencePool
      metadata:
        name: \(name)\(namespace.map { "\n  namespace: \($0)" } ?? "")
      spec:
        selector:
          matchLabels:
            app: \(app)
        targetPorts:
          - number: \(Int(port))
        endpointPickerRef:
          name: \(picker)
          port:
            number: \(Int(pickerPort))
          # Without the picker requests still arrive, on any replica.
          failureMode: FailOpen
      ---
      \(keda)
      """, notes: notes)
  }

  /// PromQL of the picker's two signals for one pool.
  private static func names(
    _ metrics: String, pool: String
  ) throws(ExportFault) -> (inFlight: String, waiting: String) {
    switch metrics {
    case "llm-d":
      return (
        "sum(llm_d_epp_inflight_requests{name=\"\(pool)\"})",
        "sum(llm_d_epp_flow_control_queue_size{inference_pool=\"\(pool)\"})"
      )
    case "gateway":
      return (
        "sum(inference_objective_running_requests)",
        "sum(inference_extension_flow_control_queue_size{inference_pool=\"\(pool)\"})"
      )
    default: throw ExportFault("metrics=\(metrics) is not known here. Write metrics=llm-d, or metrics=gateway.")
    }
  }

  /// What the service's model has in flight on a replica at the policy's level.
  private static func concurrency(_ outcome: PlanOutcome, _ notes: inout [String]) -> Double {
    let share = outcome.plan.policy.initialUtilization
    let rate = outcome.sizing.capacityPerReplica * share
    let level = outcome.plan.service.model.mid.level(of: rate, replicas: 1)
    if let known = level.concurrency, known.isFinite, known > 0 {
      let count = max(1, known.rounded())
      notes.append(
        "\(NumberFormat.significant(count, 3)) requests are in flight on a replica at \(rate), by the plan's service.")
      return count
    }
    notes.append(
      "How many requests a replica serves at once is a guess: the plan's service does not say how long one takes. Set in-flight=N."
    )
    return 32
  }

  private static func number(_ text: String, _ name: String) throws(ExportFault) -> Double {
    guard let value = Double(text), value.isFinite, value > 0, value <= 1e9 else {
      throw ExportFault("\(name)=\(text) is no number above 0. Write \(name)=64.")
    }
    return value
  }
}
