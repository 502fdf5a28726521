import Quantities

/// One accelerator chip (a GPU, a TPU, an Inferentia): the figures a roofline needs.
public struct Accelerator: Hashable, Sendable {
  public var name: String
  public var vendor: String
  /// High-bandwidth memory of one accelerator.
  public var memory: Bytes
  /// Peak rate of dense bf16 matrix products (fp16 where the chip has no bf16); never the sparse figure.
  public var denseRate: FLOPRate
  /// Peak bandwidth between the chip and its memory.
  public var memoryBandwidth: ByteRate
  public var source: String
  public var date: String
  public var isEstimate: Bool

  public init(
    name: String, vendor: String, memory: Bytes, denseRate: FLOPRate, memoryBandwidth: ByteRate, source: String,
    date: String, isEstimate: Bool = false
  ) {
    self.name = name
    self.vendor = vendor
    self.memory = memory
    self.denseRate = denseRate
    self.memoryBandwidth = memoryBandwidth
    self.source = source
    self.date = date
    self.isEstimate = isEstimate
  }
}
