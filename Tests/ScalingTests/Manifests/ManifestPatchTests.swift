import Documents
import Quantities
import Testing

@testable import Scaling

/// Whoever writes a manifest back into somebody's repository changes what the plan changes, and nothing else.
@Suite("Written back") struct ManifestPatchTests {
  static let hpa = """
    # who owns this: team shop
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: shop
      namespace: prod
      labels: { app: shop, "team": 'web' }
      annotations:
        argocd.argoproj.io/sync-wave: "2"   # after the rollout
    spec:
      scaleTargetRef:
        apiVersion: argoproj.io/v1alpha1
        kind: Rollout
        name: shop
      minReplicas: 3
      maxReplicas: 20 # agreed with finance
      metrics:
        - type: Resource
          resource:
            name: cpu
            target: { type: Utilization, averageUtilization: 60 }
        - type: External
          external:
            metric:
              name: queue_messages
              selector: { matchLabels: { queue: orders } }
            target:
              type: AverageValue
              averageValue: 30
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: { name: other }

    """

  static func lines(_ a: String, _ b: String) -> (gone: [String], come: [String]) {
    let (x, y) = (a.split(separator: "\n").map(String.init), b.split(separator: "\n").map(String.init))
    let changes = y.difference(from: x)
    return (
      changes.removals.map { if case .remove(_, let text, _) = $0 { text } else { "" } },
      changes.insertions.map { if case .insert(_, let text, _) = $0 { text } else { "" } }
    )
  }

  @Test("a raised maximum changes one number of one line; comments, labels, the Rollout and other documents stay")
  func maximum() throws {
    let source = ManifestSource(file: "hpa.yaml", bytes: Array(Self.hpa.utf8), name: nil)
    let patched = try source.patched(hpa: { $0.spec.maxReplicas = 48 })
    #expect(patched.losses == [])
    let (gone, come) = Self.lines(Self.hpa, patched.text)
    #expect(gone == ["  maxReplicas: 20 # agreed with finance"])
    #expect(come == ["  maxReplicas: 48 # agreed with finance"])
  }

  @Test("targets of metrics are changed in place, in flow style and in block style")
  func targets() throws {
    let source = ManifestSource(file: "hpa.yaml", bytes: Array(Self.hpa.utf8), name: "shop")
    let patched = try source.patched(hpa: { manifest in
      manifest.spec.metrics[0].goal = .utilization(45)
      manifest.spec.metrics[1].goal = .averageValue(KubernetesQuantity(milli: 12_500))
    })
    let (_, come) = Self.lines(Self.hpa, patched.text)
    #expect(
      come == [
        "        target: { type: Utilization, averageUtilization: 45 }", "          averageValue: 12500m",
      ])
    #expect(
      try HPAManifest.read(Array(patched.text.utf8)).spec.metrics[1].goal
        == .averageValue(KubernetesQuantity(milli: 12_500)))
  }

  @Test("what a document leaves to its default is added where it belongs, and reads back as meant")
  func added() throws {
    let source = ManifestSource(file: "hpa.yaml", bytes: Array(Self.hpa.utf8), name: nil)
    let rules = HPAScalingRules(policies: [.init(.percent, 10, periodSeconds: 60)], windowSeconds: 600)
    let patched = try source.patched(hpa: { manifest in
      manifest.spec.behavior = HPABehavior(scaleUp: HPABehavior().scaleUp, scaleDown: rules)
    })
    #expect(patched.losses == [])
    #expect(Self.lines(Self.hpa, patched.text).gone == [])
    let read = try HPAManifest.read(Array(patched.text.utf8))
    #expect(read.spec.behavior?.scaleDown == rules && read.spec.target.kind == "Rollout")
    #expect(patched.text.contains("kind: ConfigMap") && patched.text.contains("  behavior:\n    scaleUp:\n"))
  }

  @Test("autoscaling/v1 keeps its version, and what it cannot hold is told")
  func firstVersion() throws {
    let text = """
      apiVersion: autoscaling/v1
      kind: HorizontalPodAutoscaler
      metadata: { name: shop }
      spec:
        scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: shop }
        maxReplicas: 20
        targetCPUUtilizationPercentage: 60
      """
    let source = ManifestSource(file: "hpa.yaml", bytes: Array(text.utf8), name: nil)
    let patched = try source.patched(hpa: { manifest in
      manifest.spec.minReplicas = 4
      manifest.spec.metrics[0].goal = .utilization(50)
      manifest.spec.behavior = HPABehavior()
    })
    #expect(patched.text.contains("  minReplicas: 4\n  maxReplicas: 20\n  targetCPUUtilizationPercentage: 50"))
    #expect(patched.losses.count == 1 && patched.losses[0].hasPrefix("spec.behavior"))
  }

  @Test("a ScaledObject keeps triggers' metadata, authentication, advanced settings and unknown types")
  func keda() throws {
    let text = """
      apiVersion: keda.sh/v1alpha1
      kind: ScaledObject
      metadata:
        name: orders
        annotations: { autoscaling.keda.sh/paused-scale-in: "false" }
      spec:
        scaleTargetRef: { kind: Rollout, apiVersion: argoproj.io/v1alpha1, name: orders, envSourceContainerName: app }
        maxReplicaCount: 20
        advanced:
          restoreToOriginalReplicaCount: true
        triggers:
          - type: kafka
            name: lag
            authenticationRef: { name: kafka-auth }
            metadata:
              bootstrapServers: kafka:9092   # the new cluster
              consumerGroup: orders
              topic: orders
              lagThreshold: "50"
              offsetResetPolicy: latest
          - type: prometheus
            metadata:
              serverAddress: http://thanos.monitoring:9090
              query: sum(rate(x[2m]))
              threshold: '100'
              ignoreNullValues: "false"
      """
    let source = ManifestSource(file: "so.yaml", bytes: Array(text.utf8), name: nil)
    let patched = try source.patched(
      keda: { manifest in
        manifest.spec.maxReplicaCount = 60
        manifest.spec.cooldownPeriod = 120
        manifest.spec.triggers[0].kind = .metric(threshold: KubernetesQuantity(milli: 80_000), activation: 0)
        manifest.spec.triggers[1].kind = .metric(threshold: KubernetesQuantity(milli: 90_000), activation: 0)
      }, zones: { _ in .utc })
    #expect(patched.losses == [])
    let (gone, come) = Self.lines(text, patched.text)
    #expect(gone == ["  maxReplicaCount: 20", "        lagThreshold: \"50\"", "        threshold: '100'"])
    #expect(
      Set(come) == [
        "  cooldownPeriod: 120", "  maxReplicaCount: 60", "        lagThreshold: \"80\"", "        threshold: '90'",
      ])
  }

  @Test("a Knative Service keeps its containers, env and resources, and its older annotations")
  func knative() throws {
    let text = """
      apiVersion: serving.knative.dev/v1
      kind: Service
      metadata: { name: shop }
      spec:
        template:
          metadata:
            annotations:
              autoscaling.knative.dev/maxScale: "10"
              autoscaling.knative.dev/target: "80"
          spec:
            containerConcurrency: 100
            containers:
              - image: registry/shop:1
                env: [ { name: A, value: b } ]
                resources: { limits: { nvidia.com/gpu: "1" } }
              - image: registry/proxy:2
      """
    let source = ManifestSource(file: "service.yaml", bytes: Array(text.utf8), name: nil)
    let patched = try source.patched(knative: { $0.maxScale = 40 })
    let (gone, come) = Self.lines(text, patched.text)
    #expect(gone == ["        autoscaling.knative.dev/maxScale: \"10\""])
    #expect(come == ["        autoscaling.knative.dev/maxScale: \"40\""])
  }

  @Test("a RayService keeps its cluster; only the deployment's numbers change, inside its text")
  func ray() throws {
    let text = """
      apiVersion: ray.io/v1
      kind: RayService
      metadata: { name: llm }
      spec:
        serveConfigV2: |
          applications:
            - name: chat
              import_path: app:build   # ours

              deployments:
                - name: LLMServer
                  autoscaling_config:
                    min_replicas: 1
                    max_replicas: 4
        rayClusterConfig:
          workerGroupSpecs:
            - groupName: gpu
              maxReplicas: 8
      """
    let source = ManifestSource(file: "ray.yaml", bytes: Array(text.utf8), name: "LLMServer")
    let patched = try source.patched(ray: { config in
      config.maxReplicas = 12
      config.upscaleDelay = 10
    })
    #expect(patched.losses == [])
    let (gone, come) = Self.lines(text, patched.text)
    #expect(gone == ["              max_replicas: 4"])
    #expect(come == ["              max_replicas: 12", "              upscale_delay_s: 10"])
  }

  @Test("what stands behind an anchor is told instead of changing others, too")
  func anchors() throws {
    let text = """
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata: { name: shop }
      spec:
        scaleTargetRef: { kind: Deployment, name: shop }
        minReplicas: &few 2
        maxReplicas: 9
      """
    let source = ManifestSource(file: "hpa.yaml", bytes: Array(text.utf8), name: nil)
    let patched = try source.patched(hpa: { $0.spec.minReplicas = 5 })
    #expect(patched.text == text)
    #expect(patched.losses.count == 1 && patched.losses[0].hasPrefix("spec.minReplicas"))
  }

  @Test("nothing to change leaves every byte, line breaks of other systems included")
  func same() throws {
    let text = Self.hpa.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    let source = ManifestSource(file: "hpa.yaml", bytes: Array(text.utf8), name: nil)
    #expect(Array(try source.patched(hpa: { _ in }).text.utf8) == Array(text.utf8))
    let raised = try source.patched(hpa: { $0.spec.maxReplicas = 21 }).text
    #expect(raised.contains("maxReplicas: 21 # agreed with finance\r\n"))
  }
}
