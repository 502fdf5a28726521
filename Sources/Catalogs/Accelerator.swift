import Quantities

/// One accelerator chip (a GPU, a TPU, an Inferentia): the figures that a roofline, a layout of parallel work and a power
/// budget need. Each is of one card, as one is counted when machines are rented.
public struct Accelerator: Hashable, Sendable {
  public var name: String
  public var vendor: String
  /// Other names of it, as data sheets, benchmarks and drivers write them.
  public var aliases: [String]
  /// High-bandwidth memory as it is sold. Most vendors call 2^30 bytes a gigabyte there: see ``usableMemory``.
  public var memory: Bytes
  /// What the driver offers a process (CUDA's total, less error correction and firmware); ``memory`` where it is not known.
  public var usableMemory: Bytes
  /// Peak rate of dense bf16 matrix products (fp16 where the chip has no bf16); never the sparse figure.
  public var denseRate: FLOPRate
  /// Peak dense rates at lower precisions, where the chip has them.
  public var reducedRates: [Precision: FLOPRate]
  /// Peak bandwidth between the chip and its memory.
  public var memoryBandwidth: ByteRate
  /// What one card sends to others in its machine or rack, in one direction, all links together; nil where not known.
  public var linkBandwidth: ByteRate?
  /// What one card sends to other machines, in one direction: its network adapter's rate in the vendor's own system.
  public var networkBandwidth: ByteRate?
  /// Cards in the vendor's own machine.
  public var perNode: Int
  /// Cards that reach each other over ``linkBandwidth``: 72 in a GB200 NVL72, 1 where only the PCI bus joins them.
  public var linkDomain: Int
  /// Thermal design power of one card.
  public var designPower: Power?
  public var source: String
  public var date: String
  public var isEstimate: Bool

  public init(
    name: String, vendor: String, aliases: [String] = [], memory: Bytes, usableMemory: Bytes? = nil,
    denseRate: FLOPRate, reducedRates: [Precision: FLOPRate] = [:], memoryBandwidth: ByteRate,
    linkBandwidth: ByteRate? = nil, networkBandwidth: ByteRate? = nil, perNode: Int = 8, linkDomain: Int? = nil,
    designPower: Power? = nil, source: String, date: String, isEstimate: Bool = false
  ) {
    self.name = name
    self.vendor = vendor
    self.aliases = aliases
    self.memory = memory
    self.usableMemory = usableMemory ?? memory
    self.denseRate = denseRate
    self.reducedRates = reducedRates
    self.memoryBandwidth = memoryBandwidth
    self.linkBandwidth = linkBandwidth
    self.networkBandwidth = networkBandwidth
    self.perNode = perNode
    self.linkDomain = linkDomain ?? perNode
    self.designPower = designPower
    self.source = source
    self.date = date
    self.isEstimate = isEstimate
  }

  /// Peak rate of dense matrix products at a precision.
  ///
  /// Where the chip does not compute at it, the next wider one that it has: weights of int4 are widened to bf16, fp8 on
  /// an A100 too, fp4 on an H100 to fp8. fp32 goes at half of the bf16 rate at best (TF32).
  public func denseRate(at precision: Precision) -> FLOPRate {
    switch precision {
    case .fp32: denseRate / 2
    case .bf16, .int4: denseRate
    case .fp8: reducedRates[.fp8] ?? denseRate
    case .int8: reducedRates[.int8] ?? reducedRates[.fp8] ?? denseRate
    case .fp4: reducedRates[.fp4] ?? reducedRates[.fp8] ?? denseRate
    }
  }
}
