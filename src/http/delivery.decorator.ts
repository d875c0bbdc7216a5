import { ApiExtension } from '@nestjs/swagger';
import { weakestDelivery } from '../platforms/delivery.js';
import type { Delivery, Operation } from '../platforms/platform-kind.js';
import { platformKinds } from '../platforms/registry.js';

const deliveryExtension = 'x-delivery-guarantee';

/** Says in the contract how sure sending is that a route causes: for every platform, so by the weakest word. */
export function Delivers(operation: Operation): MethodDecorator {
  const delivery = weakestDelivery(platformKinds, operation);
  if (delivery === null) throw new Error(`No platform can do "${operation}", so no route can promise how it is sent`);
  return ApiExtension(deliveryExtension, delivery);
}

/** For a route that only reads at the platform. */
export function ReadsPlatform(): MethodDecorator {
  const read: Delivery = 'read';
  return ApiExtension(deliveryExtension, read);
}

/** For a route that changes what is registered at the platform, as often as one likes. */
export function RepeatsSafely(): MethodDecorator {
  const repeated: Delivery = 'repeated_safely';
  return ApiExtension(deliveryExtension, repeated);
}
