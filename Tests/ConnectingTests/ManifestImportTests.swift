import Documents
import Quantities
import Testing

@testable import Connecting

@Suite("Importing manifests") struct ManifestImportTests {
  static let cluster = """
    # what kubectl get -o yaml gives, and what people keep in one file
    apiVersion: v1
    kind: ConfigMap
    metadata: { name: settings }
    data: { a: "1" }
    ---
    ---
    apiVersion: v1
    kind: List
    items:
      - apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: { name: shop, namespace: web, uid: "1", resourceVersion: "7" }
        spec: { scaleTargetRef: { kind: Deployment, name: shop }, maxReplicas: 9 }
        status: { currentReplicas: 3 }
      - apiVersion: v1
        kind: Service
        metadata: { name: shop }
    ---
    apiVersion: keda.sh/v1alpha1
    kind: ScaledObject
    metadata: { name: shop, namespace: web }
    spec:
      scaleTargetRef: { name: shop }
      triggers: [ { type: kafka, metadata: { topic: orders, lagThreshold: "50" } } ]
    """

  @Test("documents, lists and other kinds in one file are read, and fights are told")
  func mixed() {
    let read = ManifestImport.read(Array(Self.cluster.utf8), file: "all.yaml", zones: { _ in nil })
    #expect(read.problems.all.isEmpty, "\(read.problems)")
    #expect(read.objects.map(\.kind) == ["HorizontalPodAutoscaler", "ScaledObject"])
    #expect(read.objects.first?.plan == "scaling: { hpa: { manifest: all.yaml, name: shop } }")
    let together = ManifestImport.conflicts(read.objects, among: read.surroundings)
    #expect(together.first?.name == "two-owners")
    #expect(ManifestImport.text(read.objects, together: together).contains("both own Deployment/shop"))
    #expect((try? JSON.parse(ManifestImport.json(read.objects, together: together)))?["objects"]?.count == 2)
  }

  @Test("what one manifest gets wrong does not hide the others")
  func faults() {
    let text = Self.cluster + "\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: {}\n"
    let read = ManifestImport.read(Array(text.utf8), file: "all.yaml", zones: { _ in nil })
    #expect(read.objects.count == 2)
    #expect(read.problems.hasErrors)
    #expect(read.problems.all.map(\.path) == ["metadata", "spec.scaleTargetRef", "spec.maxReplicas"])
    let broken = ManifestImport.read(Array("a: [".utf8), file: "x.yaml", zones: { _ in nil })
    #expect(broken.objects.isEmpty && broken.problems.hasErrors)
    #expect(ManifestImport.read([], file: "x.yaml", zones: { _ in nil }).objects.isEmpty)
  }
}
