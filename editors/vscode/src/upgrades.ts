/**
 * Better suggestions that come after the answer was given. They are added behind what is shown and
 * never replace it; where nothing is shown, the editor is asked to ask again.
 */

export interface Place {
  readonly line: number;
  readonly character: number;
}

/** Where and at which state of which document somebody looks. */
export interface Spot {
  readonly uri: string;
  readonly version: number;
  readonly position: Place;
}

/** Knows the last answer and the last upgrade; both are of use at their own spot only. */
export class Upgrades<Item extends { readonly insertText: unknown }> {
  private shown: (Spot & { readonly items: number }) | undefined;
  private upgrade: (Spot & { readonly items: readonly Item[] }) | undefined;
  private recalled: Spot | undefined;

  /** Notes what an answer had to show. */
  answered(spot: Spot, items: readonly Item[]): void {
    this.shown = { ...spot, items: items.length };
  }

  /** Takes an upgrade; returns whether the editor should ask again, because it shows nothing. */
  take(spot: Spot, items: readonly Item[]): boolean {
    this.upgrade = { ...spot, items };
    const isSilent = isAt(this.shown, spot) && this.shown?.items === 0;
    this.recalled = isSilent ? spot : undefined;
    return isSilent;
  }

  /** Returns the upgrade if the editor asks again because it was told to; only once. */
  recall(spot: Spot): readonly Item[] | undefined {
    const wanted = isAt(this.recalled, spot);
    this.recalled = undefined;
    return wanted ? this.upgrade?.items : undefined;
  }

  /** Returns an answer with the upgrade behind it, if there is one for this spot. */
  added(spot: Spot, items: readonly Item[]): Item[] {
    const further = isAt(this.upgrade, spot) ? (this.upgrade?.items ?? []) : [];
    const known = new Set(items.map((item) => item.insertText));
    return [...items, ...further.filter((item) => !known.has(item.insertText))];
  }
}

function isAt(known: Spot | undefined, spot: Spot): boolean {
  return (
    known !== undefined &&
    known.uri === spot.uri &&
    known.version === spot.version &&
    known.position.line === spot.position.line &&
    known.position.character === spot.position.character
  );
}
