import Documents
import Testing

@testable import Scaling

@Suite struct HPAManifestTests {
  private static let good = """
    # what the team applies
    apiVersion: v1
    kind: Service
    metadata: { name: shop }
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: shop
      namespace: prod
    spec:
      scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: shop }
      minReplicas: 3
      maxReplicas: 40
      metrics:
        - type: Resource
          resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } }
        - type: Pods
          pods:
            metric: { name: http_requests_per_second }
            target: { type: AverageValue, averageValue: 2500m }
        - type: External
          external:
            metric: { name: queue_depth, selector: { matchLabels: { queue: orders } } }
            target: { type: Value, value: "30" }
      behavior:
        scaleDown:
          stabilizationWindowSeconds: 120
          policies: [{ type: Percent, value: 10, periodSeconds: 60 }]
          tolerance: 0.05
    """

  private func read(_ text: String) throws(Diagnostics) -> HPAManifest {
    try HPAManifest.read(Array(text.utf8), file: "hpa.yaml")
  }
  private func problems(_ text: String) -> [Diagnostic] {
    do {
      _ = try read(text)
      return []
    } catch {
      return error.all
    }
  }
  private func replaced(_ part: String, _ other: String) -> String {
    Self.good.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: other)
  }

  @Test("takes the autoscaler out of a file of several documents, with the API server's defaults") func reads() throws {
    let manifest = try read(Self.good)
    #expect(manifest.name == "shop" && manifest.namespace == "prod")
    #expect(manifest.spec.minReplicas == 3 && manifest.spec.maxReplicas == 40)
    #expect(manifest.spec.metrics.count == 3)
    #expect(manifest.spec.metrics[2].selector == ["queue": "orders"])
    #expect(manifest.spec.behavior?.scaleUp == .defaultScaleUp)
    #expect(manifest.spec.behavior?.scaleDown.windowSeconds == 120)
    #expect(manifest.spec.behavior?.scaleDown.select == .max)
    #expect(manifest.spec.behavior?.scaleDown.tolerance?.milli == 50)
  }

  @Test("an autoscaler without metrics scales on CPU at 80 %, one without minimum keeps one pod") func defaults() throws
  {
    let manifest = try read(
      """
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata: { name: a }
      spec: { scaleTargetRef: { kind: Deployment, name: a }, maxReplicas: 5 }
      """)
    #expect(manifest.spec.minReplicas == 1 && manifest.spec.metrics == [.defaultCPU] && manifest.spec.behavior == nil)
  }

  @Test("a behavior block with one direction gets the other's defaults") func emptyBehavior() throws {
    let manifest = try read(
      replaced("stabilizationWindowSeconds: 120", "selectPolicy: Min"))
    #expect(manifest.spec.behavior?.scaleDown.windowSeconds == nil)
  }

  @Test("writes what it reads") func roundTrip() throws {
    let manifest = try read(Self.good)
    let again = try read(manifest.yaml)
    #expect(again.spec == manifest.spec)
    #expect(again.yaml == manifest.yaml)
    #expect(again.name == manifest.name && again.namespace == manifest.namespace)
  }

  @Test(
    "names and labels that YAML would misread survive the round trip",
    arguments: ["true", "0123", "a: b", "x #y", "", "1e3", "\"q\"", "ü\n"])
  func awkwardTexts(text: String) throws {
    var spec = HPASpec(
      maxReplicas: 2, metrics: [HPAMetric(.external(metric: "m"), goal: .value(KubernetesQuantity(milli: 1000)))])
    spec.metrics[0].selector = ["key": text]
    #expect(try read(HPAManifest(name: "n", spec: spec).yaml).spec.metrics[0].selector == ["key": text])
  }

  @Test(
    "a form from a guide is answered with the right form",
    arguments: [
      (
        "stabilizationWindowSeconds: 120", "stabilizationWindow: 60s", "spec.behavior.scaleDown.stabilizationWindow",
        "stabilizationWindowSeconds: 60"
      ),
      (
        "stabilizationWindowSeconds: 120", "stabilizationWindow: 5m", "spec.behavior.scaleDown.stabilizationWindow",
        "stabilizationWindowSeconds: 300"
      ),
      ("minReplicas: 3", "targetCPUUtilization: 70%", "spec.targetCPUUtilization", "averageUtilization: 70"),
      (
        "minReplicas: 3", "targetCPUUtilizationPercentage: 65", "spec.targetCPUUtilizationPercentage",
        "averageUtilization: 65"
      ),
      (
        "averageUtilization: 70", "averageUtilization: 70%", "spec.metrics[0].resource.target.averageUtilization",
        "averageUtilization: 70"
      ),
      (
        "target: { type: Utilization, averageUtilization: 70 }", "targetAverageUtilization: 70",
        "spec.metrics[0].resource.targetAverageUtilization", "averageUtilization: 70"
      ),
      ("type: Percent", "type: Percentage", "spec.behavior.scaleDown.policies[0].type", "Percent"),
      ("type: Pods", "type: pods", "spec.metrics[1].type", "Pods"),
      ("periodSeconds: 60", "period: 60s", "spec.behavior.scaleDown.policies[0].period", "periodSeconds: 60"),
      ("minReplicas: 3", "minReplica: 3", "spec.minReplica", "did you mean 'minReplicas'?"),
      ("apiVersion: autoscaling/v2", "apiVersion: autoscaling/v1", "spec.metrics", "autoscaling/v2"),
      ("apiVersion: autoscaling/v2", "apiVersion: autoscaling/v2beta2", "apiVersion", "the fields are the same"),
      ("minReplicas: 3", "minReplicas: \"3\"", "spec.minReplicas", "minReplicas: 3"),
      ("value: \"30\"", "averageValue: \"30\"", "spec.metrics[2].external.target.averageValue", "type: AverageValue"),
      (
        "type: Value, value: \"30\"", "type: Utilization, averageUtilization: 5",
        "spec.metrics[2].external.target.type", "AverageValue"
      ),
      ("periodSeconds: 60", "periodSeconds: 3600", "spec.behavior.scaleDown.policies[0].periodSeconds", "1800"),
      ("tolerance: 0.05", "tolerance: 5%", "spec.behavior.scaleDown.tolerance", "suffix"),
      ("maxReplicas: 40", "maxReplicas: 2", "spec.maxReplicas", "raise maxReplicas"),
    ])
  func guideForms(part: String, wrong: String, path: String, remedy: String) throws {
    let found = problems(replaced(part, wrong))
    let problem = try #require(found.first { $0.path == path }, "\(found)")
    #expect(problem.help?.contains(remedy) == true, "\(problem.help ?? "no help")")
    #expect(problem.location?.file == "hpa.yaml" && (problem.location?.line ?? 0) > 5)
  }

  @Test("places count the lines of the whole file") func places() throws {
    let problem = try #require(problems(replaced("minReplicas: 3", "minReplicas: x")).first)
    #expect(problem.location?.line == 13 && problem.location?.column == 16)
  }

  @Test("finds all faults at once, in order of place") func severalAtOnce() {
    let text = replaced("minReplicas: 3", "minReplicas: -1")
      .split(separator: "averageValue: 2500m").joined(separator: "averageValue: 0")
      .split(separator: "periodSeconds: 60").joined(separator: "periodSeconds: 0")
    let lines = problems(text).compactMap { $0.location?.line }
    #expect(lines.count == 3 && lines == lines.sorted())
  }

  @Test("a file without an autoscaler, or with two, says what it holds") func wrongFiles() {
    #expect(problems("kind: Deployment\nmetadata: { name: x }")[0].message.contains("Deployment"))
    let two = Self.good + "\n---\n" + Self.good
    #expect(problems(two)[0].message.contains("2 objects"))
    #expect(!problems("").isEmpty)
    #expect(!problems("- 1\n- 2").isEmpty)
    #expect(!problems("a: [").isEmpty)
  }

  @Test("minReplicas: 0 without an External or Object metric is refused") func zeroMinimum() {
    let text = """
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata: { name: a }
      spec:
        scaleTargetRef: { kind: Deployment, name: a }
        minReplicas: 0
        maxReplicas: 5
        metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
      """
    #expect(problems(text).map(\.path) == ["spec.minReplicas"])
    // Without any metric the default is CPU, which cannot wake a service either.
    let none = text.split(separator: "\n").dropLast().joined(separator: "\n")
    #expect(problems(none).map(\.path) == ["spec.minReplicas"])
  }

  @Test(
    "reads autoscaling/v1 as the API converts it: one CPU target, 80 % where none is given",
    arguments: [("  targetCPUUtilizationPercentage: 50\n", 50), ("", 80)])
  func firstVersion(target: String, percent: Int) throws {
    let text = """
      apiVersion: autoscaling/v1
      kind: HorizontalPodAutoscaler
      metadata: { name: shop }
      spec:
        scaleTargetRef: { kind: Deployment, name: shop }
        maxReplicas: 9
      """ + "\n\(target)"
    let spec = try HPAManifest.read(Array(text.utf8)).spec
    #expect(spec.metrics == [HPAMetric(.resource(name: "cpu"), goal: .utilization(percent))])
    #expect(spec.minReplicas == 1)
  }

  @Test(
    "tells a Helm template, and takes braces in quotes and comments for text",
    arguments: [
      ("  maxReplicas: {{ .Values.max }}", true), ("{{- if .Values.autoscaling }}", true),
      ("  {{ include \"x\" . }}: 1", true),
      ("  # {{ .Values.max }}\n  a: 1", false), ("  x: \"{{ $labels.job }}\"", false),
    ])
  func helm(line: String, isTemplate: Bool) {
    let text = "apiVersion: v1\nkind: ConfigMap\ndata:\n\(line)\n"
    let problem = (try? ManifestFile.nodes(Array(text.utf8), file: "hpa.yaml")) == nil
    #expect(problem == isTemplate)
    guard isTemplate else { return }
    let told = #expect(throws: Diagnostics.self) { try ManifestFile.nodes(Array(text.utf8), file: "hpa.yaml") }
    #expect(told?.all.first?.description.contains("Helm template") == true)
    #expect(told?.all.first?.description.contains("hpa.yaml:4") == true)
  }
}
