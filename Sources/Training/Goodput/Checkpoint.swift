import Quantities

/// A tier that checkpoints go to: how fast, and which failures it survives.
public struct CheckpointTier: Hashable, Sendable {
  public enum Place: String, Hashable, Sendable, CaseIterable {
    /// Memory of the same machine and of a peer: survives the loss of a process or of one machine.
    case memory
    /// Disk of the machine: survives the process, not the machine.
    case disk
    /// A shared file system or object store: survives all.
    case shared
  }

  public var place: Place
  /// Bytes a second of one machine, writing and reading.
  public var write: ByteRate
  public var read: ByteRate
  /// Share of the failures that a checkpoint here survives.
  public var survives: Double

  public init(_ place: Place, write: ByteRate, read: ByteRate, survives: Double) {
    self.place = place
    self.write = write
    self.read = read
    self.survives = min(max(survives, 0), 1)
  }
}

/// What a checkpoint is and how long it takes.
public enum Checkpoint {
  /// fp32 weights and two moments of Adam; with the bf16 weights besides, 14. BLOOM-176B's 2.3 TB are 13.1 bytes a
  /// parameter (ml-engineering, fault-tolerance).
  public static let bytesPerParameter = 12.0

  public static func size(parameters: Double, bytesPerParameter: Double = bytesPerParameter) -> Bytes {
    Bytes(rawValue: parameters * bytesPerParameter)
  }

  /// The time that all machines together take to write it, each a share, to storage that takes `storage` in all.
  public static func writing(
    _ size: Bytes, machines: Int, perMachine: ByteRate, storage: ByteRate? = nil
  ) -> Duration {
    let together = perMachine.rawValue * Double(max(1, machines))
    let rate = min(together, storage?.rawValue ?? .infinity)
    return rate > 0 ? .seconds(size.rawValue / rate) : .seconds(0)
  }

  /// Two tiers: cheap saves often, to memory, and a full one seldom.
  ///
  /// A failure that memory survives loses half of the short interval; one that it does not, half of the long one. With
  /// rates f/M and (1 - f)/M of the two kinds, each interval is Young's for its own kind.
  public static func tiered(
    fast: CheckpointTier, save fastSave: Duration, slow slowSave: Duration, mtbf: Duration
  ) -> (fast: Duration, slow: Duration) {
    let f = min(max(fast.survives, 0.01), 0.99)
    return (
      CheckpointInterval.young(save: fastSave, mtbf: .seconds(mtbf.seconds / f)),
      CheckpointInterval.young(save: slowSave, mtbf: .seconds(mtbf.seconds / (1 - f)))
    )
  }
}
