import Testing

@testable import Reporting

@Suite struct PaletteTests {
  @Test("black on white has the largest contrast, a colour on itself the smallest")
  func ends() {
    #expect(Palette.contrast("#000000", "#ffffff") == 21)
    #expect(Palette.contrast("#777777", "#777777") == 1)
    #expect(Palette.contrast("red", "#ffffff") == nil)
  }

  /// WCAG's own example of a failing pair: #777777 on white is 4.48.
  @Test("a grey that just fails is seen to fail")
  func justFails() { #expect((Palette.contrast("#777777", "#ffffff") ?? 0) < 4.5) }

  @Test(
    "every colour that carries meaning stands out from paper and wash, in both themes",
    arguments: [Palette.light, .dark])
  func contrast(palette: Palette) {
    for (name, color) in palette.carriers {
      for ground in [palette.paper, palette.wash] {
        #expect((Palette.contrast(color, ground) ?? 0) >= 4.5, "\(name) on \(ground)")
      }
    }
  }

  @Test("text on the fullest cell of a heat map can be read, in both themes", arguments: [Palette.light, .dark])
  func heatMap(palette: Palette) {
    let cell = Palette.blend(palette.demand, over: palette.paper, opacity: HeatMap.fullest) ?? ""
    #expect((Palette.contrast(palette.ink, cell) ?? 0) >= 4.5)
  }

  @Test("the stylesheet uses no colour but the palette's")
  func onlyVariables() {
    let css = Stylesheet.css(theme: .light).components(separatedBy: "\n").dropFirst().joined(separator: "\n")
    let withoutPrint = css.components(separatedBy: "@media print").first ?? ""
    #expect(!withoutPrint.contains("#"))
  }
}
