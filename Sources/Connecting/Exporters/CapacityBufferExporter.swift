import Planning
import Quantities

/// The plan's headroom as an object of the cluster: a CapacityBuffer, which keeps nodes for so many more pods than run.
///
/// The API: `autoscaling.x-k8s.io`, kubernetes/autoscaler's cluster-autoscaler/apis/capacitybuffer; read by the cluster
/// autoscaler (v1beta1 since 1.35), GKE and Karpenter (v1alpha1).
public enum CapacityBufferExporter {
  public static let descriptor = ExporterDescriptor(
    name: "capacity-buffer",
    summary: "A CapacityBuffer: the plan's headroom as spare nodes that the cluster's autoscaler keeps ready.",
    parameters: ExportRequest.common + ExportRequest.targets + [
      .init("version", default: "v1beta1", "the API's version: v1beta1, or v1alpha1 for Karpenter"),
      .init(
        "strategy", default: "buffer.x-k8s.io/active-capacity",
        "how it is held: active-capacity, or buffer.gke.io/standby-capacity"),
      .init("percentage", default: "the plan's headroom", "spare pods as a share of those that run, in percent"),
    ],
    example: "headroom export capacity-buffer plan.yaml --set target=shop > capacitybuffer.yaml"
  ) { (request) throws(ExportFault) in
    let outcome = request.outcome
    let version = request.settings["version"] ?? "v1beta1"
    guard ["v1alpha1", "v1beta1", "v1"].contains(version) else {
      throw ExportFault("version=\(version) is not known here. Write v1beta1, or v1alpha1.")
    }
    let strategy = request.settings["strategy"] ?? "buffer.x-k8s.io/active-capacity"
    guard strategy.split(separator: "/").count == 2, !strategy.contains("\"") else {
      throw ExportFault("strategy=\(strategy) is no strategy. Write buffer.x-k8s.io/active-capacity.")
    }
    let target = try request.target()
    let share = try percentage(request)
    let sizing = outcome.sizing
    // What the peak needs without headroom: beyond it the buffer would hold nodes for pods that are never asked for.
    let busiest = max(1, sizing.replicas)
    let bare = max(1, Int((Double(busiest) / (1 + outcome.headroom.fraction)).rounded(.up)))
    var notes = [
      "A percentage follows the pods that run: \(share) % of them is kept as nodes without pods, so that the plan's headroom costs what the hour costs and not what the peak does.",
      "At the expected peak of \(sizing.peak.mid) that is about \(max(1, bare * share / 100)) pods over \(bare).",
    ]
    if !outcome.plan.scaling.isGiven {
      notes.append("The autoscaler's own bound must leave room for the pods: a maximum of \(busiest) or more.")
    }
    if outcome.headroom.fraction < 0.005 { notes.append("The plan has no headroom: the buffer is the least there is.") }
    let name = try request.name()
    return Export(
      """
      # The headroom of the plan '\(outcome.plan.name)': \(NumberFormat.significant(outcome.headroom.fraction * 100, 3)) % over the peak (\(outcome.headroom.origin)).
      apiVersion: autoscaling.x-k8s.io/\(version)
      kind: CapacityBuffer
      metadata:
        name: \(name)-headroom\(try request.namespace().map { "\n  namespace: \($0)" } ?? "")
      spec:
        provisioningStrategy: \(strategy)
        scalableRef:
          apiGroup: apps
          kind: \(target.kind)
          name: \(target.name)
        percentage: \(share)

      """, notes: notes)
  }

  /// From 1 to 1,000: the API takes whole numbers.
  private static func percentage(_ request: ExportRequest) throws(ExportFault) -> Int {
    guard let given = request.settings["percentage"] else {
      return min(1000, max(1, Int((request.outcome.headroom.fraction * 100).rounded(.up))))
    }
    guard let share = Int(given.hasSuffix("%") ? String(given.dropLast()) : given), (1...1000).contains(share) else {
      throw ExportFault("percentage=\(given) is no whole number from 1 to 1000. Write percentage=50.")
    }
    return share
  }
}
