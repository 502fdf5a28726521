import Documents
import Quantities
import Scaling
import Testing

@testable import Connecting

/// Autoscalers held against what stands beside them in the same manifests.
@Suite("Manifests beside each other") struct ManifestSurroundingsTests {
  private func hazards(_ text: String) -> [String] {
    let read = ManifestImport.read(Array(text.utf8), file: "all.yaml", zones: { _ in nil })
    return ManifestImport.conflicts(read.objects, among: read.surroundings).map(\.name)
  }
  private static func hpa(_ metric: String = "cpu", version: String = "apps/v1") -> String {
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: shop }\nspec: { scaleTargetRef: { apiVersion: \(version), kind: Deployment, name: shop }, maxReplicas: 9, metrics: [ { type: Resource, resource: { name: \(metric), target: { type: Utilization, averageUtilization: 60 } } } ] }\n---\n"
  }
  private static func deployment(
    _ name: String = "shop", spec: String = "", resources: String = "requests: { cpu: 1 }", label: String = "shop"
  ) -> String {
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: \(name) }\nspec: { \(spec) selector: { matchLabels: { app: shop } }, template: { metadata: { labels: { app: \(label) } }, spec: { containers: [ { name: a, resources: { \(resources) } } ] } } }\n---\n"
  }

  @Test("a sound pair has nothing to say, limits stand for requests")
  func sound() {
    #expect(hazards(Self.hpa() + Self.deployment()) == [])
    #expect(hazards(Self.hpa() + Self.deployment(resources: "limits: { cpu: 2 }")) == [])
  }

  @Test("replicas beside an autoscaler, missing requests, dead versions and GPUs as resources are told")
  func told() {
    #expect(hazards(Self.hpa() + Self.deployment(spec: "replicas: 3,")) == ["replicas-beside-autoscaler"])
    #expect(hazards(Self.hpa() + Self.deployment(resources: "requests: { memory: 1Gi }")) == ["request-missing"])
    #expect(hazards(Self.hpa("memory") + Self.deployment()) == ["request-missing"])
    #expect(hazards(Self.hpa(version: "extensions/v1beta1") + Self.deployment()) == ["dead-target-version"])
    let gpu = ManifestImport.read(Array(Self.hpa("nvidia.com/gpu").utf8), file: "all.yaml", zones: { _ in nil })
    let context = HazardContext(
      startup: .zero, metricDelay: .zero, replicaCapacity: .zero, trough: .zero, peak: .zero, steepestRamp: 0)
    let spec = gpu.objects.first?.hpa?.spec
    #expect(spec.map { HazardCheck.check($0, context).map(\.name) }?.contains("resource-not-measured") == true)
  }

  @Test("a VerticalPodAutoscaler on the same resource is told, one that is off or minds the other resource is not")
  func vertical() {
    func vpa(_ rest: String) -> String {
      "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: { name: v }\nspec: { targetRef: { kind: Deployment, name: shop }\(rest) }\n---\n"
    }
    let both = Self.hpa() + Self.deployment()
    #expect(hazards(both + vpa("")) == ["vertical-on-same-resource"])
    #expect(hazards(both + vpa(", updatePolicy: { updateMode: 'Off' }")) == [])
    #expect(
      hazards(
        both + vpa(", resourcePolicy: { containerPolicies: [ { containerName: '*', controlledResources: [memory] } ] }")
      ) == [])
  }

  @Test("a selector that takes another workload's pods is told")
  func overlapping() {
    let other = Self.deployment("canary", resources: "requests: { cpu: 1 }", label: "shop")
    #expect(hazards(Self.hpa() + Self.deployment() + other) == ["overlapping-selectors"])
    #expect(hazards(Self.hpa() + Self.deployment() + Self.deployment("canary", label: "canary")) == [])
  }

  @Test("Karpenter's families, NotIn and GPU limits become machines with a quota")
  func karpenter() throws {
    func pool(_ requirements: String, _ limits: String) throws -> ImportedObject {
      let text =
        "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: { name: gpu }\nspec:\n  limits: \(limits)\n  template:\n    spec:\n      nodeClassRef: { name: default }\n      requirements: [ \(requirements) ]\n"
      return try #require(ManifestImport.read(Array(text.utf8), file: "p.yaml", zones: { _ in nil }).objects.first)
    }
    let family = try pool(
      "{ key: karpenter.k8s.aws/instance-family, operator: In, values: [p4d] }, { key: karpenter.sh/capacity-type, operator: NotIn, values: [spot] }",
      "{ nvidia.com/gpu: 36, cpu: 1000 }")
    #expect(family.plan == "machines: [ { type: p4d.24xlarge, quota: 4 } ]")
    #expect(
      family.sentences.contains("The family is p4d.") && family.sentences.contains("The capacity type is never spot."))
    let not = try pool(
      "{ key: karpenter.k8s.aws/instance-family, operator: In, values: [p4d, g5] }, { key: node.kubernetes.io/instance-type, operator: NotIn, values: [p4d.24xlarge] }",
      "{ nodes: 7 }")
    #expect(not.plan.contains("type: g5.") && not.plan.contains("quota: 7"))
  }
}
