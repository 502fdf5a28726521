/// What a replica goes through before it serves, in this order.
public enum StartupStage: String, CaseIterable, Sendable, Hashable {
  /// Waiting for a machine to be bought and to join the cluster.
  case node
  /// Pulling the container image.
  case image
  /// Loading the model's weights.
  case modelLoad = "model load"
  /// Warming: compiling, filling caches, passing the readiness probe.
  case warm

  /// What replicas in this stage wait for: `"their model to load"`.
  public var wait: String {
    switch self {
    case .node: "a node"
    case .image: "their image"
    case .modelLoad: "their model to load"
    case .warm: "warming to end"
    }
  }
}
