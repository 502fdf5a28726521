/// A request as it goes over the wire.
public struct LoadRequest: Sendable, Hashable {
  /// Head and body.
  public var bytes: [UInt8]
  /// Whether the method is HEAD, whose responses have no content.
  public var isHead: Bool
  /// Where given, every request is made of this instead, when it is sent.
  public var prepared: PreparedRequest?
  public init(bytes: [UInt8], isHead: Bool = false) {
    self.bytes = bytes
    self.isHead = isHead
  }
  public init(_ prepared: PreparedRequest) {
    bytes = []
    isHead = prepared.isHead
    self.prepared = prepared
  }
}

/// The requests that a test sends, in classes that come in proportion to their weights.
public struct RequestSet: Sendable, Hashable {
  /// Requests of one kind, sent one behind the other and from the first again.
  public struct Class: Sendable, Hashable {
    public var name: String
    public var weight: Double
    public var requests: [LoadRequest]
    public init(name: String, weight: Double = 1, requests: [LoadRequest]) {
      self.name = name
      self.weight = weight
      self.requests = requests
    }
  }
  /// In which order the requests are sent.
  public enum Order: Sendable, Hashable {
    /// Each drawn from the classes by weight; the same seed draws the same.
    case mixed(seed: UInt64)
    /// As they stand, whatever their weights: a recording. The numbers are places in `classes` for the figures.
    case listed(classes: [UInt16])
  }
  public var classes: [Class]
  public var order: Order

  public init(_ classes: [Class], order: Order = .mixed(seed: 1)) {
    self.classes = classes.filter { !$0.requests.isEmpty && $0.weight > 0 && $0.weight.isFinite }
    self.order = order
  }
  public init(_ request: LoadRequest) { self.init([Class(name: "all", requests: [request])]) }

  public var count: Int { classes.reduce(0) { $0 + $1.requests.count } }
}
