import Catalogs
import Quantities

/// What one card of the fullest stage holds, by part.
public struct MemoryUse: Hashable, Sendable {
  public var weights: Bytes
  public var gradients: Bytes
  public var optimizer: Bytes
  /// What the backward pass finds, of all micro-batches in flight.
  public var activations: Bytes
  public var logits: Bytes
  /// Working memory of the layer at hand: gathered inputs, gradients of its weights, unsharded weights.
  public var buffers: Bytes

  /// Bytes in tensors at the peak: what the framework calls allocated.
  public var allocated: Bytes { state + activations + logits + buffers }
  /// Weights, gradients and optimizer: what is there between steps.
  public var state: Bytes { weights + gradients + optimizer }
  /// Bytes the framework takes from the driver: the allocator's caches keep a part of what moved free.
  public var reserved: Bytes {
    allocated + .gibibytes(MemoryUse.reservedFloor) + (allocated - state) * MemoryUse.reservedShare
  }

  /// Of allocated beyond the state, what the caching allocator holds besides (six SimuMax layouts on eight B200: reserved
  /// less allocated is 0.8 to 5.9 GiB; see docs/validation.md).
  static let reservedShare = 0.28
  static let reservedFloor = 0.3
}

/// Whether a run fits on its cards, and by how much.
public struct MemoryVerdict: Hashable, Sendable {
  public enum Level: String, Hashable, Sendable, CaseIterable {
    /// Allocated and what the allocator keeps besides fit.
    case fits
    /// Tensors fit, but the allocator's caches would have to be given back: slower, and near the edge.
    case tight
    /// Tensors alone do not fit.
    case exceeds
  }

  public var level: Level
  public var use: MemoryUse
  public var capacity: Bytes

  public init(_ use: MemoryUse, capacity: Bytes) {
    self.use = use
    self.capacity = capacity
    level = use.allocated > capacity ? .exceeds : use.reserved > capacity ? .tight : .fits
  }

  public var fits: Bool { level != .exceeds }
  /// Share of the card that is free at the peak; negative where it exceeds.
  public var margin: Double { capacity > .zero ? 1 - use.allocated / capacity : -1 }
}
