import Documents
import Quantities
import Testing

@testable import Scaling

@Suite("Ray Serve configs") struct RayServeManifestTests {
  /// After the samples of KubeRay (ray-service.llm-serve.yaml) and of Ray Serve LLM.
  static let services = """
    apiVersion: ray.io/v1
    kind: RayService
    metadata: { name: chat }
    spec:
      serveConfigV2: |
        applications:
          - name: llm
            import_path: ray.serve.llm:build_openai_app
            args:
              llm_configs:
                - model_loading_config: { model_id: qwen-7b }
                  engine_kwargs: { tensor_parallel_size: 2 }
                  deployment_config:
                    autoscaling_config: { min_replicas: 1, max_replicas: 10 }
                - other.yaml
          - name: web
            deployments:
              - { name: Front, autoscaling_config: { min_replicas: 2, max_replicas: 5 } }
              - { name: Fixed, num_replicas: 3 }
      rayClusterConfig:
        workerGroupSpecs:
          - groupName: gpu
            replicas: 1
            minReplicas: 1
            maxReplicas: 4
            template: { spec: { containers: [ { name: ray, resources: { limits: { nvidia.com/gpu: 4, cpu: "8" } } } ] } }
    ---
    apiVersion: ray.io/v1
    kind: RayService
    metadata: { name: search }
    spec:
      serveConfigV2: |
        applications:
          - name: web
            deployments:
              - { name: Front, num_replicas: auto }
    """

  @Test("every deployment of every service is read, models of llm_configs among them")
  func all() throws {
    let (found, warnings) = try RayServeManifest.all(Array(Self.services.utf8))
    #expect(
      found.map(\.path)
        == ["chat/web/Front", "chat/llm/qwen-7b", "search/web/Front"].sorted { a, _ in a.hasPrefix("chat/llm") })
    #expect(found.first { $0.service == "search" }?.config.maxReplicas == 100)
    #expect(warnings.all.contains { $0.message.contains("other.yaml") })
  }

  @Test("the worker groups bound replicas: 4 pods of 4 GPUs hold 8 replicas of 2")
  func workers() throws {
    let (found, warnings) = try RayServeManifest.all(Array(Self.services.utf8))
    #expect(found.first { $0.name == "qwen-7b" }?.workerLimit == 8)
    // 4 pods of 8 CPUs, one CPU a replica unless it says otherwise.
    #expect(found.first { $0.path == "chat/web/Front" }?.workerLimit == 32)
    #expect(found.first { $0.service == "search" }?.workerLimit == nil)
    let told = warnings.all.filter { $0.message.contains("worker groups hold") }
    #expect(
      told.count == 1 && told[0].message.contains("'max_replicas' of qwen-7b is 10")
        && told[0].help?.contains("8") == true)
  }

  @Test(
    "numbers beyond any cluster are bounded, not multiplied until they trap",
    arguments: [
      ("tensor_parallel_size: 2", "tensor_parallel_size: 9223372036854775807, pipeline_parallel_size: 9"),
      ("replicas: 1", "replicas: 9\n            numOfHosts: 9223372036854775807"),
      ("maxReplicas: 4", "maxReplicas: 9223372036854775807"), ("nvidia.com/gpu: 4", "nvidia.com/gpu: 1e300"),
    ])
  func endless(part: String, wrong: String) throws {
    _ = try? RayServeManifest.all(Array(Self.services.replacing(part, with: wrong).utf8))
  }

  @Test("a deployment is chosen by its name, or by its path where names meet")
  func chosen() throws {
    let bytes = Array(Self.services.utf8)
    #expect(try RayServeManifest.read(bytes, name: "qwen-7b").config.maxReplicas == 10)
    #expect(try RayServeManifest.read(bytes, name: "search/web/Front").service == "search")
    let several = #expect(throws: Diagnostics.self) { try RayServeManifest.read(bytes, name: "Front") }
    #expect(several?.all.first?.message.contains("chat/web/Front, search/web/Front") == true)
    let none = #expect(throws: Diagnostics.self) { try RayServeManifest.read(bytes, name: "Nobody") }
    #expect(none?.all.first?.help?.contains("chat/llm/qwen-7b") == true)
  }
}
