import Documents
import Testing

@testable import Scaling

@Suite struct KnativeManifestTests {
  private static let good = """
    apiVersion: serving.knative.dev/v1
    kind: Service
    metadata: { name: model }
    spec:
      template:
        metadata:
          annotations:
            autoscaling.knative.dev/target: "10"
            autoscaling.knative.dev/minScale: "1"
            autoscaling.knative.dev/max-scale: "20"
            autoscaling.knative.dev/window: 120s
            autoscaling.knative.dev/scale-down-delay: 1m
        spec:
          containerConcurrency: 8
          containers: [{ image: example.org/model:1 }]
    """
  private func read(_ text: String) throws(Diagnostics) -> KnativeManifest {
    try KnativeManifest.read(Array(text.utf8), file: "ksvc.yaml")
  }
  private func replaced(_ part: String, _ other: String) -> String {
    Self.good.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: other)
  }

  @Test("reads annotations, old and new, and resolves the target as Knative does") func reads() throws {
    let manifest = try read(Self.good)
    // The target of 10 is above what one container takes.
    #expect(manifest.spec.totalValue == 8 && abs(manifest.spec.targetValue - 5.6) < 1e-12)
    #expect(manifest.minScale == 1 && manifest.maxScale == 20)
    #expect(manifest.spec.stableWindow == 120 && manifest.spec.panicWindow == 12 && manifest.spec.scaleDownDelay == 60)
  }

  @Test("a service without annotations aims at 70 of 100 concurrent requests") func defaults() throws {
    let manifest = try read(
      "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: { name: a }\nspec: { template: { spec: {} } }")
    #expect(manifest.spec == KnativeSpec())
  }

  @Test("writes what it reads") func roundTrip() throws {
    let manifest = try read(Self.good)
    let again = try read(manifest.yaml)
    #expect(again.spec == manifest.spec && again.yaml == manifest.yaml && again.image == "example.org/model:1")
  }

  @Test("annotations on the Service itself are told to have no effect") func wrongPlace() {
    let text = replaced(
      "metadata: { name: model }", "metadata: { name: model, annotations: { autoscaling.knative.dev/target: \"5\" } }")
    #expect(throws: Diagnostics.self) { try read(text) }
  }

  @Test(
    "values outside their range are refused",
    arguments: [("\"10\"", "ten"), ("120s", "1s"), ("\"20\"", "\"-1\""), ("\"1\"", "\"30\"")])
  func ranges(part: String, other: String) {
    #expect(throws: Diagnostics.self) { try read(replaced(part, other)) }
  }
}
