import Catalogs
import Quantities

/// One accelerator as a training run meets it: peaks, memory, and the links of its place. Rates are per card and one way.
public struct TrainingHardware: Hashable, Sendable {
  /// How kernels of a design reach its peak: efficiencies are fitted per family.
  public enum Family: Int, Hashable, Sendable, CaseIterable {
    case ampere, hopper, blackwell
    /// Blackwell beside a Grace processor, in a rack whose links join 72 cards.
    case rackBlackwell
  }

  public var name: String
  public var family: Family
  /// Whether runs on this family have been measured here; where not, its neighbour's efficiency stands in.
  public var isMeasured: Bool
  /// FLOP/s of dense bf16, fp8 and fp4 products.
  public var peak16: Double
  public var peak8: Double
  public var peak4: Double
  /// Bytes a process can have.
  public var memory: Bytes
  /// Bytes a second between the chip and its memory.
  public var memoryBandwidth: Double
  /// Bytes a second to the cards of the same link domain.
  public var link: Double
  /// Bytes a second to other machines.
  public var network: Double
  /// Cards that reach each other over `link`.
  public var linkDomain: Double
  /// Share of its design power that it may draw, 1 without a cap.
  public var powerShare: Double

  /// - Parameters:
  ///   - powerCap: A limit below the design power ("H100 at 500 W").
  ///   - network: Bytes a second of one card's network adapter, where it is not the vendor's own system.
  ///   - linkDomain: Cards joined by links, where it is not the vendor's own system.
  public init(_ accelerator: Accelerator, powerCap: Power? = nil, network: ByteRate? = nil, linkDomain: Int? = nil) {
    name = accelerator.name
    peak16 = accelerator.denseRate(at: .bf16).rawValue
    peak8 = accelerator.denseRate(at: .fp8).rawValue
    peak4 = accelerator.denseRate(at: .fp4).rawValue
    memory = accelerator.usableMemory
    memoryBandwidth = accelerator.memoryBandwidth.rawValue
    link = (accelerator.linkBandwidth ?? .gigabytesPerSecond(32)).rawValue
    self.network = max(1, (network ?? accelerator.networkBandwidth ?? .gigabytesPerSecond(12.5)).rawValue)
    self.linkDomain = Double(max(1, linkDomain ?? accelerator.linkDomain))
    if peak4 > peak8 {
      family = accelerator.linkDomain > 8 ? .rackBlackwell : .blackwell
    } else if peak8 > peak16 {
      family = .hopper
    } else {
      family = .ampere
    }
    let words = ["A100", "H100", "H200", "H800", "GH200", "B200", "B300", "GB200", "GB300"]
    isMeasured = accelerator.vendor == "NVIDIA" && words.contains { accelerator.name.hasPrefix($0) }
    if let cap = powerCap, let design = accelerator.designPower, cap > .zero, design > .zero {
      powerShare = min(1, cap / design)
    } else {
      powerShare = 1
    }
  }

  /// FLOP/s of the dense products of a precision: what MFU is a share of.
  public func peak(_ precision: TrainingPrecision) -> Double {
    switch precision {
    case .bf16: peak16
    case .fp8, .mxfp8: peak8
    case .nvfp4: peak4
    }
  }
}
