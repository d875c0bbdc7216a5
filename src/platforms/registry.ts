import type { PlatformKind } from './platform.js';

/** Every platform that the gateway speaks. A new one is its folder and its line here. */
export const platformKinds: readonly PlatformKind[] = [];

/** The kind of that name; `null` where there is none. */
export function platformKindOf(platform: string): PlatformKind | null {
  return platformKinds.find((kind) => kind.platform === platform) ?? null;
}
