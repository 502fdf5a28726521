import Documents
import Quantities
import Testing

@testable import Scaling

@Suite struct KedaManifestTests {
  private static let good = """
    apiVersion: keda.sh/v1alpha1
    kind: ScaledObject
    metadata: { name: orders, namespace: shop }
    spec:
      scaleTargetRef: { name: orders }
      pollingInterval: 15
      cooldownPeriod: 120
      minReplicaCount: 0
      maxReplicaCount: 40
      fallback: { failureThreshold: 3, replicas: 6 }
      advanced:
        horizontalPodAutoscalerConfig:
          behavior:
            scaleDown: { stabilizationWindowSeconds: 60 }
      triggers:
        - type: prometheus
          metadata:
            serverAddress: http://prometheus:9090
            query: sum(rate(http_requests_total{app="orders"}[2m]))
            threshold: "50"
            activationThreshold: "2"
        - type: cron
          metadata: { timezone: Europe/Berlin, start: 0 8 * * 1-5, end: 0 18 * * 1-5, desiredReplicas: "4" }
        - type: kafka
          name: lag
          metadata: { topic: orders, consumerGroup: g, bootstrapServers: "k:9092" }
    """
  private let berlin = TimeZoneRules.fixed(name: "Europe/Berlin", offset: 3600)

  private func read(_ text: String) throws(Diagnostics) -> KedaManifest {
    try KedaManifest.read(Array(text.utf8), file: "so.yaml", zones: { $0 == "Europe/Berlin" ? berlin : nil })
  }
  private func problems(_ part: String, _ other: String) -> [Diagnostic] {
    do {
      _ = try read(
        Self.good.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: other))
      return []
    } catch {
      return error.all
    }
  }

  @Test("reads a ScaledObject with its defaults") func reads() throws {
    let spec = try read(Self.good).spec
    #expect(spec.target == ScaleTarget(apiVersion: "apps/v1", kind: "Deployment", name: "orders"))
    #expect(spec.cooldownPeriod == 120 && spec.maxReplicaCount == 40 && spec.fallback?.behavior == .static)
    #expect(spec.behavior?.scaleDown.windowSeconds == 60)
    #expect(spec.hpa.minReplicas == 1)
    #expect(spec.triggers.map(\.type) == ["prometheus", "cron", "kafka"])
    guard case .metric(let lag, _) = spec.triggers[2].kind else { throw Diagnostics() }
    #expect(lag.milli == 10_000)
  }

  @Test("binds triggers by name, query or type") func binds() throws {
    let triggers = try read(Self.good).spec.triggers
    #expect(triggers[0].binding([:]) == MetricBinding(.requestRate))
    #expect(triggers[2].binding([:]) == MetricBinding(.queueDepth))
    #expect(triggers[2].binding(["lag": .concurrency]) == MetricBinding(.concurrency))
  }

  @Test("writes what it reads") func roundTrip() throws {
    let manifest = try read(Self.good)
    #expect(try read(manifest.yaml()).spec.hpa == manifest.spec.hpa)
    #expect(try read(manifest.yaml()).yaml() == manifest.yaml())
  }

  @Test(
    "says what is wrong, and where",
    arguments: [
      ("threshold: \"50\"", "thresh: 1", "spec.triggers[0].metadata.threshold"),
      ("cooldownPeriod: 120", "cooldownPeriod: 2m", "spec.cooldownPeriod"),
      ("cooldownPeriod: 120", "cooldown: 120", "spec.cooldown"),
      ("minReplicaCount: 0", "minReplicas: 0", "spec.minReplicas"),
      ("minReplicaCount: 0", "idleReplicaCount: 0", "spec.idleReplicaCount"),
      ("minReplicaCount: 0", "minReplicaCount: 50", "spec.maxReplicaCount"),
      ("0 8 * * 1-5", "8am", "spec.triggers[1].metadata.start"),
      ("Europe/Berlin", "Europe/Atlantis", "spec.triggers[1].metadata.timezone"),
      ("type: kafka", "type: kafak", "spec.triggers[2].type"),
      ("replicas: 6", "replica: 6", "spec.fallback.replica"),
      ("keda.sh/v1alpha1", "keda.sh/v1", "apiVersion"),
      // The API's schema holds texts there: a number is refused with "must be of type string".
      ("threshold: \"50\"", "threshold: 50", "spec.triggers[0].metadata.threshold"),
      ("desiredReplicas: \"4\"", "desiredReplicas: 4", "spec.triggers[1].metadata.desiredReplicas"),
    ])
  func faults(part: String, other: String, path: String) {
    #expect(problems(part, other).contains { $0.path == path }, "\(problems(part, other))")
  }

  @Test("reads the annotations that pause, and tells them")
  func paused() throws {
    let text = Self.good.replacingOccurrences(
      of: "namespace: shop }",
      with: "namespace: shop, annotations: { autoscaling.keda.sh/paused-replicas: \"3\", "
        + "autoscaling.keda.sh/paused-scale-in: \"true\" } }")
    let manifest = try read(text)
    #expect(manifest.spec.pause.replicas == 3)
    #expect(manifest.spec.pause.isWhole && manifest.spec.pause.isScaleIn && !manifest.spec.pause.isScaleOut)
    #expect(manifest.warnings.all.contains { $0.message.contains("paused") })
    #expect(manifest.hpaName == "keda-hpa-orders")
  }
}
