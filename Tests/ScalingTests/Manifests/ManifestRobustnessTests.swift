import Documents
import Quantities
import Testing

@testable import Scaling

@Suite struct ManifestRobustnessTests {
  private static let samples = [
    """
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: { name: a }
    spec:
      scaleTargetRef: { kind: Deployment, name: a }
      maxReplicas: 5
      metrics:
        - type: Pods
          pods: { metric: { name: rps }, target: { type: AverageValue, averageValue: "3" } }
      behavior: { scaleUp: { policies: [{ type: Pods, value: 2, periodSeconds: 60 }], tolerance: 0.1 } }
    """,
    """
    kind: ScaledObject
    metadata: { name: a }
    spec:
      scaleTargetRef: { name: a }
      idleReplicaCount: 0
      minReplicaCount: 2
      fallback: { failureThreshold: 1, replicas: 2 }
      triggers:
        - { type: cron, metadata: { timezone: UTC, start: 0 8 * * *, end: 0 9 * * *, desiredReplicas: "2" } }
        - { type: cpu, metricType: Utilization, metadata: { value: "60" } }
        - { type: prometheus, metadata: { query: "sum(x)", threshold: "5", activationThreshold: "1" } }
    """,
    """
    kind: Service
    metadata: { name: a }
    spec: { template: { metadata: { annotations: { autoscaling.knative.dev/target: "5", autoscaling.knative.dev/window: 60s } } } }
    """,
  ]

  @Test("scrambled manifests give diagnostics with places, never a crash") func scrambled() {
    var random = RandomStream(seed: 5)
    let values = [
      "null", "-1", "1e300", "{}", "[]", "\"\"", "true", "[[]]", "9223372036854775807", "~", ".nan", ".inf",
      "99999999999999999999", "---",
    ]
    for _ in 0..<1000 {
      var text = Self.samples[Int(random.next() % 3)]
      for _ in 0..<Int(random.next() % 3 + 1) {
        let marks = text.indices.filter { text[$0] == ":" || text[$0] == "," || text[$0] == "[" }
        guard let mark = marks.randomElement(using: &random) else { break }
        let start = text.index(after: mark)
        let end = text[start...].firstIndex { ",]}\n".contains($0) } ?? text.endIndex
        text.replaceSubrange(start..<end, with: " " + (values.randomElement(using: &random) ?? "null"))
      }
      if random.next() % 8 == 0 { text = String(text.prefix(Int(random.next() % UInt64(text.count)))) }
      let bytes = Array(text.utf8)
      do {
        let manifest = try HPAManifest.read(bytes, file: "x.yaml")
        // What is accepted can be written, read back and run.
        let again = try? HPAManifest.read(Array(manifest.yaml.utf8))
        #expect(again?.spec == manifest.spec, "\(text)\n\(manifest.yaml)")
        var hpa = HPAController(manifest.spec)
        _ = hpa.sync(
          at: Timestamp(secondsSinceEpoch: 0), scale: HPAScale(replicas: 1), sample: .uniform(.max, ready: 1))
      } catch { #expect(!error.all.isEmpty) }
      do {
        let manifest = try KedaManifest.read(bytes, file: "x.yaml")
        var keda = KedaController(manifest.spec, created: Timestamp(secondsSinceEpoch: 0))
        let readings: [KedaController.Reading] = [.failed, .resource(.failed), .value(.nan)]
        _ = keda.poll(at: Timestamp(secondsSinceEpoch: 0), replicas: 3, readings: readings)
        for i in 0..<4 {
          _ = keda.sync(at: Timestamp(secondsSinceEpoch: Double(i)), scale: HPAScale(replicas: 3), readings: readings)
        }
      } catch { #expect(!error.all.isEmpty) }
      do {
        var policy = try KnativeManifest.read(bytes, file: "x.yaml").policy
        let observation = Observation(
          time: Timestamp(secondsSinceEpoch: 0), replicas: ReplicaCount(desired: 1, ready: 1),
          signals: Signals(demand: 1e300))
        _ = policy.step(observation)
      } catch { #expect(!error.all.isEmpty) }
    }
  }
}
