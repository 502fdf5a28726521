import Catalogs
import Documents
import Planning
import Quantities
import Scaling
import Testing
import Traffic

@testable import Connecting

@Suite("Metrics whose names are known") struct InferenceMetricsTests {
  private static func source(_ text: String) throws -> PrometheusQuerySource {
    let plan = "plan: x\ntraffic:\n  source: { \(text) }\nservice: { capacity: 1/s }\n"
    let spec = try PlanFormat.standard.parse(yaml: Array(plan.utf8), file: "plan.yaml")
    guard case .measured(let source as PrometheusQuerySource) = spec.traffic.source else {
      throw ConnectingError(.badRequest, "no source", remedy: "give one")
    }
    return source
  }
  private static func faults(_ text: String) -> [String] {
    do {
      _ = try source(text)
      return []
    } catch { return (error as? Diagnostics)?.all.map(\.message) ?? ["\(error)"] }
  }

  @Test("a preset is a query of the demand, over a window of the step")
  func presets() throws {
    #expect(
      try Self.source("prometheus: http://p:9090, preset: vllm").query
        == "sum(rate(vllm:request_success_total{}[3600s]))")
    #expect(
      try Self.source("prometheus: http://p:9090, preset: sglang, step: 1m, where: 'model_name=\"a\"'").query
        == "sum(rate(sglang:num_requests_total{model_name=\"a\"}[300s]))")
    #expect(
      try Self.source("prometheus: http://p:9090, preset: endpoint-picker").query.contains(
        " or (sum(rate(inference_objective"))
    for preset in MetricPreset.all {
      #expect(try !Self.source("prometheus: http://p:9090, preset: \(preset.name)").query.isEmpty)
    }
  }

  @Test("a preset that is not known, one beside a query, and matchers with braces are refused")
  func refused() {
    #expect(!Self.faults("prometheus: http://p:9090, preset: vlm").isEmpty)
    #expect(Self.faults("prometheus: http://p:9090, preset: vllm, query: up").contains { $0.contains("twice") })
    #expect(Self.faults("prometheus: http://p:9090, preset: vllm, where: '{a=1}'").contains { $0.contains("braces") })
    #expect(Self.faults("prometheus: http://p:9090, query: up, where: 'a=1'").contains { $0.contains("preset") })
    #expect(Self.faults("prometheus: http://p:9090") == ["'query' is missing"])
  }

  static let page = """
    # HELP vllm:num_requests_running Number of requests in model execution batches.
    # TYPE vllm:num_requests_running gauge
    vllm:num_requests_running{model_name="llama"} 3
    # TYPE vllm:request_success_total counter
    vllm:request_success_total{finished_reason="stop"} 10
    # TYPE vllm:time_to_first_token_seconds histogram
    vllm:time_to_first_token_seconds_bucket{le="+Inf"} 10
    """

  @Test("a page of metrics tells whose it is, what it says, and the source to write")
  func importing() throws {
    let read = ManifestImport.read(Array(Self.page.utf8), file: "metrics.txt", zones: { _ in nil })
    let object = try #require(read.objects.first)
    #expect(object.kind == "vLLM metrics" && read.objects.count == 1 && !read.problems.hasErrors)
    #expect(object.plan.contains("preset: vllm"))
    #expect(object.sentences.contains { $0.contains("time_to_first_token") })
    #expect(MetricsPage.read(Array("# TYPE go_goroutines gauge\ngo_goroutines 3\n".utf8), file: "x")?.isEmpty == true)
  }

  @Test("a manifest with comments is no page of metrics")
  func manifest() {
    for text in ["# HELP me\nkind: x\n", "# TYPE a\nkind: x\n", "{}", "", "# TYPE a b\n"] {
      #expect(MetricsPage.read(Array(text.utf8), file: "x") == nil, "\(text)")
    }
  }
}

@Suite("What a cluster has") struct ClusterInventoryTests {
  private static func objects(_ text: String) -> [ImportedObject] {
    ManifestImport.read(Array(text.utf8), file: "cluster.yaml", zones: { _ in nil }).objects
  }

  @Test("devices are counted over slices and nodes, of each pool's newest generation")
  func slices() throws {
    func slice(_ node: String, _ generation: Int, _ count: Int) -> String {
      let devices = (0..<count).map {
        "{ name: gpu-\($0), attributes: { productName: { string: NVIDIA A10G } }, capacity: { memory: { value: 24Gi } } }"
      }.joined(separator: ", ")
      return """
        apiVersion: resource.k8s.io/v1
        kind: ResourceSlice
        metadata: { name: \(node)-\(generation) }
        spec:
          driver: gpu.nvidia.com
          nodeName: \(node)
          pool: { name: \(node), generation: \(generation), resourceSliceCount: 1 }
          devices: [ \(devices) ]
        """
    }
    let object = try #require(
      Self.objects([slice("n1", 1, 8), slice("n1", 2, 4), slice("n2", 1, 4)].joined(separator: "\n---\n")).first)
    #expect(
      object.sentences == [
        "The driver gpu.nvidia.com offers 8 devices.", "8 NVIDIA A10G with 24Gi of memory on 2 nodes.",
      ])
    #expect(object.plan.hasPrefix("machines: [ { type: ") && object.plan.hasSuffix("quota: 8 } ]"))
  }

  @Test("a queue's quota is told by flavor, and in machines where the flavor names its type")
  func queues() throws {
    let text = """
      apiVersion: kueue.x-k8s.io/v1beta1
      kind: ResourceFlavor
      metadata: { name: a10g }
      spec: { nodeLabels: { node.kubernetes.io/instance-type: g5.12xlarge } }
      ---
      apiVersion: kueue.x-k8s.io/v1beta1
      kind: ClusterQueue
      metadata: { name: team-a }
      spec:
        cohort: all
        preemption: { withinClusterQueue: LowerPriority }
        resourceGroups:
          - coveredResources: [ nvidia.com/gpu ]
            flavors:
              - name: a10g
                resources: [ { name: nvidia.com/gpu, nominalQuota: 16, borrowingLimit: 8 } ]
      ---
      apiVersion: kueue.x-k8s.io/v1beta1
      kind: LocalQueue
      metadata: { name: team, namespace: ml }
      spec: { clusterQueue: team-a }
      """
    let objects = Self.objects(text)
    #expect(objects.map(\.kind) == ["ClusterQueue", "LocalQueue"])
    #expect(objects[0].sentences[0] == "nvidia.com/gpu of flavor a10g: 16 of its own, 8 more borrowed at most.")
    #expect(objects[0].plan == "machines: [ { type: g5.12xlarge, quota: 4 } ]")
    #expect(objects[1].sentences == ["Its workloads wait for the quota of the ClusterQueue team-a."])
  }
}

@Suite("Headroom as an object") struct HeadroomObjectTests {
  private static func export(_ name: String, _ outcome: PlanOutcome, _ settings: [String: String] = [:]) throws
    -> Export
  {
    try #require(ExporterList.named(name)).export(ExportRequest(outcome, settings: settings))
  }

  @Test("a CapacityBuffer holds the plan's headroom as a share of the pods that run")
  func buffer() throws {
    let outcome = try ExporterTests.outcome("headroom: 30%")
    let node = try YAML.parse(Array(try Self.export("capacity-buffer", outcome).text.utf8))
    #expect(node["apiVersion"]?.text == "autoscaling.x-k8s.io/v1beta1" && node["kind"]?.text == "CapacityBuffer")
    #expect(node["spec"]?["percentage"]?.integer == 30)
    #expect(node["spec"]?["scalableRef"]?["name"]?.text == "big-shop")
    #expect(throws: ExportFault.self) { try Self.export("capacity-buffer", outcome, ["percentage": "0"]) }
    #expect(throws: ExportFault.self) { try Self.export("capacity-buffer", outcome, ["version": "v7"]) }
  }

  @Test("an InferencePool and its ScaledObject stand in one file, moved by what is in flight")
  func pool() throws {
    let outcome = try ExporterTests.outcome("scaling: { target: { utilization: 65% } }")
    let export = try Self.export("inference-pool", outcome, ["target": "llama"])
    let nodes = try ManifestFile.nodes(Array(export.text.utf8), file: "x")
    #expect(nodes.map { $0["kind"]?.text } == ["InferencePool", "ScaledObject"])
    #expect(nodes[0]["spec"]?["targetPorts"]?.elements?.first?["number"]?.integer == 8000)
    #expect(nodes[0]["spec"]?["selector"]?["matchLabels"]?["app"]?.text == "llama")
    let keda = try KedaManifest.read(nodes[1], zones: { _ in nil })
    #expect(keda.spec.triggers.count == 2 && keda.spec.target.name == "llama")
    #expect(export.text.contains("llm_d_epp_inflight_requests"))
    // Eight at a time, each 20 ms: by Little's law as many are in flight as the level has busy.
    #expect(export.notes.contains { $0.contains("in flight on a replica") })
    #expect(throws: ExportFault.self) { try Self.export("inference-pool", outcome, ["metrics": "other"]) }
    #expect(throws: ExportFault.self) { try Self.export("inference-pool", outcome, ["in-flight": "-1"]) }
  }

  @Test("a Region switch plan has a workflow for the loss of each region")
  func regionSwitch() throws {
    let outcome = try ExporterTests.outcome(
      "regions: { us-east-1: { share: 60% }, eu-west-1: { share: 40% } }\nsurvive: 1 region\nrecovery: { posture: active-active, rto: 15m }"
    )
    let export = try Self.export(
      "region-switch", outcome, ["cluster": "us-east-1=arn:a,eu-west-1=arn:b", "role": "arn:r"])
    let node = try JSON.parse(export.text)
    #expect(node["regions"]?.elements?.compactMap(\.text) == ["us-east-1", "eu-west-1"])
    #expect(node["primaryRegion"]?.text == "us-east-1" && node["recoveryTimeObjectiveMinutes"]?.integer == 15)
    let workflows = try #require(node["workflows"]?.elements)
    #expect(workflows.map { $0["workflowTargetRegion"]?.text } == ["us-east-1", "eu-west-1"])
    let steps = try #require(workflows[0]["steps"]?.elements)
    #expect(steps.map { $0["executionBlockType"]?.text } == ["EKSResourceScaling", "Route53HealthCheck"])
    // Without the larger region the smaller one must hold two and a half times its own.
    let percent = try #require(
      steps[0]["executionBlockConfiguration"]?["eksResourceScalingConfig"]?["targetPercent"]?.integer)
    #expect((240...270).contains(percent))
    #expect(throws: ExportFault.self) { try Self.export("region-switch", try ExporterTests.outcome("headroom: 30%")) }
    #expect(throws: ExportFault.self) { try Self.export("region-switch", outcome, ["cluster": "mars=arn:a"]) }
  }
}
