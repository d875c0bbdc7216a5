import { bitrix24 } from './bitrix24/bitrix24.platform.js';
import { creatio } from './creatio/creatio.kind.js';
import type { PlatformKind } from './platform-kind.js';

/** Every platform that the gateway speaks. A new one is its folder and its line here. */
export const platformKinds: readonly PlatformKind[] = [bitrix24, creatio];

/** The kind of that name; `null` where there is none. */
export function platformKindOf(platform: string): PlatformKind | null {
  return platformKinds.find((kind) => kind.platform === platform) ?? null;
}
